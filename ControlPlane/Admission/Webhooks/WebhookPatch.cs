using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Admission.Webhooks;

/// <summary>Carries out what a mutating webhook wants changed. A patch can do no more than its sender could have: what a write may not touch stays as it was.</summary>
internal static class WebhookPatch
{
    private static readonly string[] Kept = ["uid", "resourceVersion", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"];

    /// <summary>Changes the write's object, with defaults; false if nothing was to change. A patch that does not fit, or that makes something else of the object, is refused whatever the webhook's failure policy, as by Kubernetes.</summary>
    public static async ValueTask<(bool Changed, ApiStatus? Refusal)> Apply(Webhook webhook, PendingWrite write, WebhookQuestion question, JsonNode patch)
    {
        if (!question.MayChange) return (false, Refusal($"admission webhook \"{webhook.Name}\" attempted to modify the object, which is not supported for this operation"));
        var outcome = JsonPatch.Apply((JsonObject)question.Object!.DeepClone(), patch);
        if (outcome.Object is not { } patched) return (false, Refusal($"the patch of admission webhook \"{webhook.Name}\" can't be applied: {outcome.Rejection!.Message}"));
        foreach (var path in (ReadOnlySpan<string[]>)[["apiVersion"], ["kind"], ["metadata", "name"], ["metadata", "namespace"]])
        {
            if (patched.Text(path) == question.Object.Text(path)) continue;
            return (false, Refusal($"admission webhook \"{webhook.Name}\" attempted to change {string.Join('.', path)}, which is not supported"));
        }
        if (JsonNode.DeepEquals(patched, question.Object)) return (false, null);
        if (write.Subresource == "scale") return Scale(webhook, write, patched);

        // What the kind does not have is dropped, and what is of another type can't be read: as if a client had sent it.
        var read = ObjectDecoder.Check(patched, question.As, FieldValidation.Ignore);
        if (read.Object is not { } valid) return (false, Refusal($"the object that admission webhook \"{webhook.Name}\" made can't be read: {read.Rejection!.Message}"));
        Take(write, question.As.Conversion is null ? valid : (await question.As.ToStorage([valid]))[0]);
        ObjectDecider.Default(write);
        return (true, null);
    }

    private static (bool, ApiStatus?) Scale(Webhook webhook, PendingWrite write, JsonObject scale)
    {
        if (scale.Number("spec", "replicas") is not { } replicas) return (false, Refusal($"the scale that admission webhook \"{webhook.Name}\" made has no number of replicas"));
        return new ReplaceScale(replicas).Apply(write.Object, write.Kind).Rejection is { } refused ? (false, refused) : (true, null);
    }

    private static void Take(PendingWrite write, JsonObject changed)
    {
        var mine = write.Object;
        if (write.Subresource is "status" or "approval")
        {
            Move("status", changed, mine);
            return;
        }
        foreach (var member in (ReadOnlySpan<string>)["apiVersion", "kind"]) Keep(member, mine, changed);
        if (write.Kind.HasStatus && !(write.State is null && write.Kind.Strategy.KeepsStatusOnCreate)) Keep("status", mine, changed);
        foreach (var member in Kept) Keep(member, mine.Metadata(), changed.Metadata());
        foreach (var member in mine.Select(entry => entry.Key).ToArray()) mine.Remove(member);
        foreach (var member in changed.Select(entry => entry.Key).ToArray()) Move(member, changed, mine);
    }

    private static void Keep(string member, JsonObject of, JsonObject @in)
    {
        if (of[member] is { } kept) @in[member] = kept.DeepClone();
        else @in.Remove(member);
    }

    private static void Move(string member, JsonObject from, JsonObject to)
    {
        var moved = from[member];
        from.Remove(member);
        if (moved is null) to.Remove(member);
        else to[member] = moved;
    }

    private static ApiStatus Refusal(string why) => ApiStatus.InternalError($"Internal error occurred: {why}");
}
