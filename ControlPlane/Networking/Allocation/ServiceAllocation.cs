using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using Shared.Api;

namespace ControlPlane.Networking.Allocation;

/// <summary>
/// Gives Services their cluster IPs and node ports while they are written, whoever writes them: claims them by identity before the write, gives back what
/// was claimed in vain or is not used any more after it. Any number of Services may be at it at a time: of two that want one address, the one that makes the
/// claim has it. What is left behind by a crash is given back by the claim itself.
/// </summary>
/// <param name="send">Sends a command to a claim and returns its answer; code 504 where none came.</param>
/// <param name="view">The local watch cache.</param>
/// <param name="options">Where addresses and ports come from.</param>
/// <param name="clock">The time claims are counted by.</param>
public sealed class ServiceAllocation(Func<ObjectCommand, Task<ObjectResult>> send, IObjectView view, ServiceNetworkOptions options, TimeProvider clock) : IAdmissionStep
{
    private readonly Claimant _claimant = new(send, view, options, clock);

    /// <inheritdoc/>
    public string Name => nameof(ServiceAllocation);

    /// <inheritdoc/>
    public AdmissionPhase Phase => AdmissionPhase.Mutating;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) => write.Subresource.Length == 0 && write.Kind.GroupResource == ServiceSpec.Services;

    /// <inheritdoc/>
    public ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop)
    {
        if (write.State is not { } current) return new(Complete(write, [], ServiceSpec.Read(write.Object), changed: false));
        var has = ServiceSpec.Of(current);
        if (write.Operation is WriteOperation.Delete) return new(new AdmissionOutcome { Reservation = new Claims(_claimant, [], has) });
        var changed = ServiceValues.CarryOver(write.Object, write.Current!);
        return _claimant.Wants(write.Object, has)
            ? new(Complete(write, ServiceClaim.Of(has).ToHashSet(), has, changed))
            : new(new AdmissionOutcome { IsChanged = changed, Reservation = new Claims(_claimant, [], has) });
    }

    private async Task<AdmissionOutcome> Complete(PendingWrite write, HashSet<ObjectKey> has, ServiceSpec before, bool changed)
    {
        var made = new List<StoredObject>();
        var rejection = await _claimant.Complete(write.Object, has, new(write.Command.Key, write.Uid, write.Command.DryRun), made);
        return new AdmissionOutcome(rejection) { IsChanged = changed || rejection is null, Reservation = new Claims(_claimant, made, before) };
    }

    /// <summary>What was claimed for a write, and what its Service had before.</summary>
    private sealed class Claims(Claimant claimant, IReadOnlyCollection<StoredObject> made, ServiceSpec before) : IReservation
    {
        public ValueTask Stored(StoredObject stored, bool deleted)
        {
            var now = ServiceClaim.Of(ServiceSpec.Of(stored));
            var unused = (deleted ? ServiceClaim.Of(before).Union(now) : ServiceClaim.Of(before).Except(now)).ToArray();
            return unused.Length == 0 ? ValueTask.CompletedTask : new(claimant.ReleaseAll(unused, stored.Uid));
        }

        public ValueTask Refused() => made.Count == 0 ? ValueTask.CompletedTask : new(claimant.Release(made));
    }
}
