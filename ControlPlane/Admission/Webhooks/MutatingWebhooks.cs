using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using Shared.Api;

namespace ControlPlane.Admission.Webhooks;

/// <summary>
/// Asks the webhooks of MutatingWebhookConfigurations, one after the other, and does as they say: by Kubernetes' plug-in of this name. When one has changed the object, the steps before look at it
/// once more, and so do the webhooks that want to (<c>reinvocationPolicy: IfNeeded</c>) and have not seen what became of it.
/// </summary>
/// <param name="calls">Asks them.</param>
/// <param name="time">By which patience is counted.</param>
/// <param name="again">The steps before that fill in what a webhook may have added. They take hold of nothing.</param>
public sealed class MutatingWebhooks(WebhookCalls calls, TimeProvider time, params ImmutableArray<IAdmissionStep> again) : IAdmissionStep
{
    /// <inheritdoc/>
    public string Name => "MutatingAdmissionWebhook";

    /// <inheritdoc/>
    public AdmissionPhase Phase => AdmissionPhase.Mutating;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) => calls.Concerns(write, calls.Current.Mutating);

    /// <inheritdoc/>
    public ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop) => new(Ask(write, stop));

    private async Task<AdmissionOutcome> Ask(PendingWrite write, CancellationToken stop)
    {
        var set = calls.Current;
        var round = new Round(calls, write, set.MutatingTime, time, stop);
        foreach (var webhook in set.Mutating)
        {
            if (await round.Ask(webhook) is { } refusal) return round.Outcome with { Rejection = refusal };
        }
        if (round.Changes == 0) return round.Outcome;
        if (await LookAgain(write, round, stop) is { } refused) return round.Outcome with { Rejection = refused };
        round.Again();
        foreach (var webhook in set.Mutating)
        {
            if (webhook.AskAgain && round.HasMissed(webhook) && await round.Ask(webhook) is { } refusal) return round.Outcome with { Rejection = refusal };
        }
        return round.Outcome;
    }

    private async Task<ApiStatus?> LookAgain(PendingWrite write, Round round, CancellationToken stop)
    {
        foreach (var step in again)
        {
            if (!step.AppliesTo(write)) continue;
            var before = write.Object.DeepClone();
            var outcome = await step.Admit(write, stop);
            if (outcome.Rejection is { } refusal) return refusal;
            if (outcome.IsChanged) ObjectDecider.Default(write);
            if (!JsonNode.DeepEquals(before, write.Object)) round.Changed();
        }
        return null;
    }

    /// <summary>One write on its way from webhook to webhook.</summary>
    private sealed class Round(WebhookCalls calls, PendingWrite write, TimeSpan patience, TimeProvider time, CancellationToken stop)
    {
        private readonly long _began = time.GetTimestamp();
        private readonly Dictionary<KindDefinition, WebhookQuestion> _questions = [];
        private readonly Dictionary<Webhook, int> _seen = new(ReferenceEqualityComparer.Instance);
        private WriteNotes? _notes;
        private int _round;
        private int _index;

        /// <summary>How often the object was changed.</summary>
        public int Changes { get; private set; }

        public AdmissionOutcome Outcome => new() { IsChanged = Changes > 0, Notes = _notes };

        /// <summary>Whether a webhook was asked, and the object was changed since.</summary>
        public bool HasMissed(Webhook webhook) => _seen.TryGetValue(webhook, out var seen) && seen < Changes;

        /// <summary>Webhooks are asked for the second time.</summary>
        public void Again() => (_round, _index) = (_round + 1, 0);

        /// <summary>The object is not what it was.</summary>
        public void Changed()
        {
            Changes++;
            _questions.Clear();
        }

        /// <summary>Asks a webhook, if it is to be, and carries out its patch. A refusal, or null.</summary>
        public async Task<ApiStatus?> Ask(Webhook webhook)
        {
            if (await calls.Question(webhook, write, _questions) is not { } question) return null;
            var outcome = await calls.Ask(webhook, question, write.Command.DryRun, mutating: true, patience - time.GetElapsedTime(_began), stop);
            var index = _index++;
            _notes = WriteNotes.Join(_notes, outcome.HasFailedOpen ? WebhookCalls.FailedOpen("mutating", _round, index, webhook) : outcome.Notes);
            if (outcome.Refusal is { } refusal) return refusal;
            if (outcome.Answer is not { } answer) return null;
            var changed = false;
            if (answer.Patch is { } patch)
            {
                (changed, var refused) = await WebhookPatch.Apply(webhook, write, question, patch);
                if (refused is not null) return refused;
                if (changed) Changed();
            }
            _notes = WriteNotes.Join(_notes, Mutation(webhook, index, changed));
            _seen[webhook] = Changes;
            return null;
        }

        // By Kubernetes' key and in its form.
        private WriteNotes Mutation(Webhook webhook, int index, bool changed) => new()
        {
            Annotations = ImmutableDictionary<string, string>.Empty.Add(
                $"mutation.webhook.admission.k8s.io/round_{_round}_index_{index}",
                new JsonObject { ["configuration"] = webhook.Configuration, ["webhook"] = webhook.Name, ["mutated"] = changed }.ToJsonString()),
        };
    }
}
