using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Api;

namespace ControlPlane.Admission.Webhooks;

/// <summary>Carries out what a mutating webhook wants changed.</summary>
internal static class WebhookPatch
{
    /// <summary>Changes the write's object, with defaults; false if nothing was to change. A patch that does not fit, or that makes something else of the object, is refused whatever the webhook's failure policy, as by Kubernetes.</summary>
    public static async ValueTask<(bool Changed, ApiStatus? Refusal)> Apply(Webhook webhook, PendingWrite write, WebhookQuestion question, JsonNode patch)
    {
        if (!question.MayChange) return (false, Refusal(webhook, WebhookQuestion.NoChange));
        var outcome = JsonPatch.Apply((JsonObject)question.Object!.DeepClone(), patch);
        if (outcome.Object is not { } patched) return (false, Refusal(webhook, $"made a patch that can't be applied: {outcome.Rejection!.Message}"));

        // What the kind does not have is dropped.
        var (changed, fault) = await AdmittedChange.Take(write, question, patched, FieldValidation.Ignore);
        return (changed, fault is null ? null : Refusal(webhook, fault));
    }

    private static ApiStatus Refusal(Webhook webhook, string why) => ApiStatus.InternalError($"Internal error occurred: admission webhook \"{webhook.Name}\" {why}");
}
