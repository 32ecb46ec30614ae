using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Json;

namespace ControlPlane.Admission.Webhooks;

/// <summary>Puts what a webhook or a policy made of an object into its write. It can do no more than the write's sender could have: what a write may not touch stays as it was.</summary>
internal static class AdmittedChange
{
    private static readonly string[] Kept = ["uid", "resourceVersion", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"];

    /// <summary>Changes the write's object, with defaults.</summary>
    /// <param name="write">The write.</param>
    /// <param name="question">The write as it was shown; it is stale after a change.</param>
    /// <param name="changed">What its object was made into; it is taken over.</param>
    /// <param name="mode">What becomes of fields that the kind does not have.</param>
    /// <returns>Whether anything was to change; or why it can't be, as what somebody has done: "attempted to ...".</returns>
    public static async ValueTask<(bool Changed, string? Fault)> Take(PendingWrite write, WebhookQuestion question, JsonObject changed, FieldValidation mode)
    {
        foreach (var path in (ReadOnlySpan<string[]>)[["apiVersion"], ["kind"], ["metadata", "name"], ["metadata", "namespace"]])
        {
            if (changed.Text(path) != question.Object.Text(path)) return (false, $"attempted to change {string.Join('.', path)}, which is not supported");
        }
        if (JsonNode.DeepEquals(changed, question.Object)) return (false, null);
        if (!question.MayChange) return (false, WebhookQuestion.NoChange);
        if (write.Subresource == "scale") return Scale(write, changed);

        // What is of another type than the kind has it can't be read: as if a client had sent it.
        var read = ObjectDecoder.Check(changed, question.As, mode);
        if (read.Object is not { } valid) return (false, $"made an object that can't be read: {read.Rejection!.Message}");
        Take(write, question.As.Conversion is null ? valid : (await question.As.ToStorage([valid]))[0]);
        ObjectDecider.Default(write);
        return (true, null);
    }

    private static (bool, string?) Scale(PendingWrite write, JsonObject scale)
    {
        if (scale.Number("spec", "replicas") is not { } replicas) return (false, "made a scale that has no number of replicas");
        return new ReplaceScale(replicas).Apply(write.Object, write.Kind).Rejection is { } refused ? (false, $"made a scale that is refused: {refused.Message}") : (true, null);
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
}
