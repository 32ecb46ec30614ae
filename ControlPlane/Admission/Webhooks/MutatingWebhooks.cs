using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Admission.Mutations;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Admission.Webhooks;

/// <summary>Asks the webhooks of MutatingWebhookConfigurations, one after the other, and does as they say: Kubernetes' plug-in <c>MutatingAdmissionWebhook</c>.</summary>
/// <param name="calls">Asks them.</param>
/// <param name="time">By which patience is counted.</param>
internal sealed class MutatingWebhooks(WebhookCalls calls, TimeProvider time) : IMutator
{
    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) => calls.Concerns(write, calls.Current.Mutating);

    /// <inheritdoc/>
    public IMutation Begin(PendingWrite write, MutationProgress progress, CancellationToken stop) => new Round(calls, calls.Current, write, progress, time, stop);

    /// <summary>One write on its way from webhook to webhook.</summary>
    private sealed class Round(WebhookCalls calls, WebhookSet set, PendingWrite write, MutationProgress progress, TimeProvider time, CancellationToken stop) : IMutation
    {
        private readonly long _began = time.GetTimestamp();
        private readonly Dictionary<KindDefinition, WebhookQuestion> _questions = [];
        private readonly Dictionary<Webhook, int> _seen = new(ReferenceEqualityComparer.Instance);
        private int _asOf;
        private int _round;
        private int _index;

        /// <inheritdoc/>
        public async ValueTask<ApiStatus?> Run(bool again)
        {
            (_round, _index) = (again ? 1 : 0, 0);
            foreach (var webhook in set.Mutating)
            {
                if (again && !(webhook.AskAgain && HasMissed(webhook))) continue;
                if (await Ask(webhook) is { } refusal) return refusal;
            }
            return null;
        }

        // Whether it was asked, and the object was changed since.
        private bool HasMissed(Webhook webhook) => _seen.TryGetValue(webhook, out var seen) && seen < progress.Changes;

        /// <summary>Asks a webhook, if it is to be, and carries out its patch. A refusal, or null.</summary>
        private async Task<ApiStatus?> Ask(Webhook webhook)
        {
            if (_asOf != progress.Changes)
            {
                _questions.Clear();
                _asOf = progress.Changes;
            }
            if (await calls.Question(webhook, write, _questions) is not { } question) return null;
            var outcome = await calls.Ask(webhook, question, write.Command.DryRun, mutating: true, set.MutatingTime - time.GetElapsedTime(_began), stop);
            var index = _index++;
            progress.Note(outcome.HasFailedOpen ? WebhookCalls.FailedOpen("mutating", _round, index, webhook) : outcome.Notes);
            if (outcome.Refusal is { } refusal) return refusal;
            if (outcome.Answer is not { } answer) return null;
            var changed = false;
            if (answer.Patch is { } patch)
            {
                (changed, var refused) = await WebhookPatch.Apply(webhook, write, question, patch);
                if (refused is not null) return refused;
                if (changed) progress.Changed();
            }
            progress.Note(Mutation(webhook, index, changed));
            _seen[webhook] = progress.Changes;
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
