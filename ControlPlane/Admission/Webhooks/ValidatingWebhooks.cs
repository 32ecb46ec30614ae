using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using Shared.Api;

namespace ControlPlane.Admission.Webhooks;

/// <summary>
/// Asks the webhooks of ValidatingWebhookConfigurations, all at once, about the object as it will be stored: by Kubernetes' plug-in of this name. All answers are waited for; of several refusals the
/// one of the first webhook is given.
/// </summary>
public sealed class ValidatingWebhooks(WebhookCalls calls) : IAdmissionStep
{
    /// <inheritdoc/>
    public string Name => "ValidatingAdmissionWebhook";

    /// <inheritdoc/>
    public AdmissionPhase Phase => AdmissionPhase.Validating;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) => calls.Concerns(write, calls.Current.Validating);

    /// <inheritdoc/>
    public ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop) => new(Ask(write, stop));

    private async Task<AdmissionOutcome> Ask(PendingWrite write, CancellationToken stop)
    {
        var set = calls.Current;
        var questions = new Dictionary<KindDefinition, WebhookQuestion>();
        var asked = new List<(Webhook Webhook, Task<CallOutcome> Outcome)>();
        foreach (var webhook in set.Validating)
        {
            if (await calls.Question(webhook, write, questions) is { } question) asked.Add((webhook, calls.Ask(webhook, question, write.Command.DryRun, mutating: false, set.ValidatingTime, stop)));
        }
        await Task.WhenAll(asked.Select(one => one.Outcome));
        var (notes, index) = ((WriteNotes?)null, 0);
        ApiStatus? first = null;
        foreach (var (webhook, answer) in asked)
        {
            var outcome = await answer;
            first ??= outcome.Refusal;
            notes = WriteNotes.Join(notes, outcome.HasFailedOpen ? WebhookCalls.FailedOpen("validating", 0, index, webhook) : outcome.Notes);
            index++;
        }
        return new AdmissionOutcome(first) { Notes = notes };
    }
}
