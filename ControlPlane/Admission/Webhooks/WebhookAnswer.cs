using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Admission.Webhooks;

/// <summary>What a webhook says of a write.</summary>
internal sealed record WebhookAnswer
{
    /// <summary>The apiVersion of questions and answers.</summary>
    public const string Version = "admission.k8s.io/v1";

    // Warnings and annotations travel with the answer of the write; who sends more has nothing to say.
    private const int MostWarnings = 64;
    private const int MostAnnotations = 64;
    private const int LongestKey = 256;
    private const int LongestWarning = 4096;

    public bool Allowed { get; init; }

    /// <summary>Why it does not allow it, as far as it says.</summary>
    public JsonObject? Status { get; init; }

    /// <summary>The operations of a JSON patch; null for none.</summary>
    public JsonNode? Patch { get; init; }

    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>What it has the audit log say, by keys of its own.</summary>
    public ImmutableDictionary<string, string> Annotations { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Reads an answer. One that can't be meant is a fault, in the words that follow <c>failed calling webhook "x": </c>.</summary>
    /// <param name="body">What the webhook sent.</param>
    /// <param name="uid">Of the question.</param>
    /// <param name="mutating">Whether it may change the object; elsewhere a patch is passed over.</param>
    public static (WebhookAnswer? Answer, string Fault) Read(ReadOnlyMemory<byte> body, string uid, bool mutating)
    {
        JsonObject? review;
        try
        {
            review = ObjectLimits.Parse(body.Span) as JsonObject;
        }
        catch (JsonException unreadable)
        {
            return Invalid($"couldn't read the response: {unreadable.Message}");
        }
        if (review.Text("kind") != "AdmissionReview" || review.Text("apiVersion") != Version)
        {
            return Invalid($"expected webhook response of {Version}, Kind=AdmissionReview, got {review.Text("apiVersion")}, Kind={review.Text("kind")}");
        }
        if (review.Child("response") is not { } response) return Invalid("webhook response was absent");
        if (response.Text("uid") != uid) return Invalid($"expected response.uid=\"{uid}\", got \"{response.Text("uid")}\"");
        var answer = new WebhookAnswer { Allowed = response.Flag("allowed") == true, Status = response.Child("status"), Warnings = WarningsOf(response), Annotations = AnnotationsOf(response) };
        if (!mutating) return (answer, "");
        var (patch, type) = (response.Text("patch"), response.Text("patchType"));
        if (patch.Length == 0) return type.Length == 0 ? (answer, "") : Invalid("webhook returned response.patchType but not response.patch");
        if (type != "JSONPatch") return Invalid(type.Length == 0 ? "webhook returned response.patch but not response.patchType" : $"webhook returned invalid response.patchType of \"{type}\"");
        try
        {
            return (answer with { Patch = ObjectLimits.Parse(Convert.FromBase64String(patch)) }, "");
        }
        catch (Exception unreadable) when (unreadable is FormatException or JsonException)
        {
            return Invalid($"response.patch is not a JSON patch in base64: {unreadable.Message}");
        }
    }

    /// <summary>The refusal of a write that it does not allow.</summary>
    public ApiStatus Refusal(string webhook)
    {
        var denied = $"admission webhook \"{webhook}\" denied the request";
        var (message, reason) = (Status.Text("message"), Status.Text("reason"));
        var code = Status.Number("code") is >= 400 and <= 599 and { } given ? (int)given : 400;
        var details = Status.Child("details");
        return new(code, reason, message.Length > 0 ? $"{denied}: {message}" : reason.Length > 0 ? $"{denied}: {reason}" : $"{denied} without explanation")
        {
            Name = details.Text("name"),
            Group = details.Text("group"),
            Kind = details.Text("kind"),
            Uid = details.Text("uid"),
            Causes = [.. details.Objects("causes").Select(cause => new StatusCause(cause.Text("reason"), cause.Text("message"), cause.Text("field")))],
            RetryAfterSeconds = (int)Math.Clamp(details.Number("retryAfterSeconds") ?? 0, 0, int.MaxValue),
        };
    }

    /// <summary>What is told of it, the keys of the audit log prefixed with the webhook's name as Kubernetes does.</summary>
    public WriteNotes? Notes(string webhook) => Warnings.IsEmpty && Annotations.IsEmpty ? null : new() { Warnings = Warnings, Annotations = Annotations.ToImmutableDictionary(annotation => $"{webhook}/{annotation.Key}", annotation => annotation.Value) };

    private static ImmutableDictionary<string, string> AnnotationsOf(JsonObject response) =>
        response.TextMap("auditAnnotations").Where(annotation => annotation.Key.Length is > 0 and <= LongestKey).OrderBy(annotation => annotation.Key, StringComparer.Ordinal).Take(MostAnnotations).ToImmutableDictionary(annotation => annotation.Key, annotation => Shortened(annotation.Value));

    private static string Shortened(string text) => text.Length <= LongestWarning ? text : text[..LongestWarning];

    private static ImmutableArray<string> WarningsOf(JsonObject response) =>
        [.. response.Texts("warnings").Where(warning => warning.Length > 0).Take(MostWarnings).Select(Shortened)];

    private static (WebhookAnswer?, string) Invalid(string why) => (null, $"received invalid webhook response: {why}");
}
