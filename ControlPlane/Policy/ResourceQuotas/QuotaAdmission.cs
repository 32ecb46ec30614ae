using System.Collections.Immutable;
using System.Text.Json;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using Shared.Api;

namespace ControlPlane.Policy.ResourceQuotas;

/// <summary>
/// Holds a namespace to its ResourceQuotas, by Kubernetes' plug-in of this name: before an object is stored, what it takes is claimed from each quota that limits it. A claim whose
/// write is not stored is given back; one nobody knows the end of is counted out after <see cref="QuotaClaim.Patience"/>.
/// </summary>
/// <param name="send">Sends a command to a quota and returns its answer; code 504 where none came.</param>
/// <param name="view">The local watch cache.</param>
public sealed class QuotaAdmission(Func<ObjectCommand, Task<ObjectResult>> send, IObjectView view) : IAdmissionStep
{
    // So many members as there are, their claims never fill the line before a quota's actor, which refuses who comes when it is full.
    private const int AtOnce = 12;
    private static readonly GroupResource Quotas = new("", "resourcequotas");
    private readonly SemaphoreSlim _line = new(AtOnce);

    /// <inheritdoc/>
    public string Name => "ResourceQuota";

    /// <inheritdoc/>
    public AdmissionPhase Phase => AdmissionPhase.Validating;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) =>
        write.Subresource.Length == 0 && write.Operation is not WriteOperation.Delete && write.Command.Key.Namespace.Length > 0 && write.Kind.Plural != "events"
        && view.List(Quotas).Objects.Count > 0;

    /// <inheritdoc/>
    public ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop)
    {
        var (key, claims) = (write.Command.Key, new List<(StoredObject Quota, QuotaClaim Claim)>());
        QuotaUse? use = null;
        foreach (var stored in view.List(Quotas, key.Namespace))
        {
            var quota = QuotaState.Of(stored);
            if (stored.Header.DeletionTimestamp is not null || !quota.Resources.Contains(key.GroupResource)) continue;
            use ??= QuotaUse.Of(key.GroupResource, write.Object);
            if (!quota.Matches(use)) continue;
            var unsaid = write.State is null ? use.Unsaid.Where(entry => quota.Names.Contains(entry.Key)).Select(entry => $"{entry.Key} for: {string.Join(",", entry.Value)}").ToArray() : [];
            if (unsaid.Length > 0) return new(Refusal(key, $"failed quota: {stored.Key.Name}: must specify {string.Join("; ", unsaid)}"));
            var more = More(quota, use, write.State);
            if (more.Count > 0) claims.Add((stored, new($"{key.GroupResource}/{key.Name}", write.SequenceNr, write.Now, more)));
        }
        return claims.Count == 0 ? new(default(AdmissionOutcome)) : new(Claim(write, claims, stop));
    }

    private static ImmutableDictionary<string, string> More(QuotaState quota, QuotaUse use, StoredObject? state)
    {
        var before = state is null ? [] : quota.Of(QuotaUse.Of(state)).ToDictionary();
        return quota.Of(use).Select(entry => (entry.Key, Amount: entry.Value - before.GetValueOrDefault(entry.Key))).Where(entry => entry.Amount > 0)
            .ToImmutableDictionary(entry => entry.Key, entry => QuotaResources.Write(entry.Key, entry.Amount));
    }

    private async Task<AdmissionOutcome> Claim(PendingWrite write, List<(StoredObject Quota, QuotaClaim Claim)> claims, CancellationToken stop)
    {
        var made = new Claims(command => InLine(command, CancellationToken.None), write.Command.By);
        foreach (var (quota, claim) in claims)
        {
            var command = new PatchObject(quota.Key, new QuotaClaimPatch(claim), "status", write.Command.By) { Preconditions = new(quota.Uid), DryRun = write.Command.DryRun };
            ObjectResult answer;
            try
            {
                answer = await InLine(command, stop);
            }
            catch (OperationCanceledException)
            {
                // Nobody waits any more: what was claimed before is given back.
                return new AdmissionOutcome(ApiStatus.ServiceUnavailable($"too many writes wait for the quota {quota.Key.Name}")) { Reservation = made };
            }

            // Of one that does not answer it is not known whether it has the claim: to give back what it has not does nothing.
            if (!write.Command.DryRun && answer is not ObjectRejected { Fate: WriteFate.Refused }) made.Add(quota, claim);
            if (answer is not ObjectRejected { Status: var status } || status.Reason is "NotFound") continue;
            return new AdmissionOutcome(status.Reason == "Forbidden" ? Refusal(write.Command.Key, status.Message) : status) { Reservation = made };
        }
        return new AdmissionOutcome { Reservation = made };
    }

    private async Task<ObjectResult> InLine(ObjectCommand command, CancellationToken stop)
    {
        await _line.WaitAsync(stop);
        try
        {
            return await send(command);
        }
        finally
        {
            _line.Release();
        }
    }

    private static ApiStatus Refusal(ObjectKey key, string why) =>
        ApiStatus.Forbidden($"{key.GroupResource} \"{key.Name}\" is forbidden: {why}") with { Name = key.Name, Group = key.Group, Kind = key.Resource };

    private sealed class Claims(Func<ObjectCommand, Task<ObjectResult>> send, Requester by) : IReservation
    {
        private readonly List<(StoredObject Quota, QuotaClaim Claim)> _made = [];

        public void Add(StoredObject quota, QuotaClaim claim) => _made.Add((quota, claim));

        // The quota sees the object by itself.
        public ValueTask Stored(StoredObject stored, bool deleted) => ValueTask.CompletedTask;

        public async ValueTask Refused()
        {
            foreach (var (quota, claim) in _made) await send(new PatchObject(quota.Key, new QuotaReleasePatch(claim), "status", by) { Preconditions = new(quota.Uid) });
        }
    }
}

/// <summary>A new quota counts what is there already before it is stored: from the first moment on its status is known.</summary>
/// <param name="view">The local watch cache.</param>
/// <param name="catchUp">Completes when the view shows all that was stored before.</param>
public sealed class QuotaBeginning(IObjectView view, Func<CancellationToken, Task> catchUp) : IAdmissionStep
{
    /// <inheritdoc/>
    public string Name => nameof(QuotaBeginning);

    /// <inheritdoc/>
    public AdmissionPhase Phase => AdmissionPhase.Mutating;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) => write.State is null && write.Subresource.Length == 0 && write.Kind.GroupResource is { Group: "", Resource: "resourcequotas" };

    /// <inheritdoc/>
    public ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop) => new(Count(write, stop));

    private async Task<AdmissionOutcome> Count(PendingWrite write, CancellationToken stop)
    {
        await catchUp(stop);
        using var tree = JsonDocument.Parse(write.Object.ToJsonString(), ObjectLimits.Document);
        write.Object["status"] = QuotaReconciler.Status(QuotaState.Read(tree.RootElement.Clone()), view, write.Command.Key.Namespace, write.Now);
        return AdmissionOutcome.Changed;
    }
}
