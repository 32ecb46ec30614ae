using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.CustomResources;

/// <summary>
/// The conversion of definitions whose strategy is Webhook, in the words of <c>apiextensions.k8s.io/v1</c>: a webhook is sent objects and brings them back in the version that is wanted, with
/// nothing changed in their metadata but labels and annotations.
/// </summary>
/// <param name="kind">What the objects are called, for the words of a failure.</param>
/// <param name="line">The way to the webhook.</param>
internal sealed class WebhookConversion(string kind, IWebhookLine line) : IVersionConversion
{
    /// <summary>How long one answer may take: less than who waits for a write does.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(7);

    private static readonly string[] Kept = ["name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "finalizers", "ownerReferences"];

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<JsonObject>> Convert(IReadOnlyList<JsonObject> objects, string from, string to)
    {
        if (objects.Count == 0 || from == to) return objects;
        var uid = Guid.NewGuid().ToString();
        var review = new JsonObject
        {
            ["kind"] = "ConversionReview",
            ["apiVersion"] = "apiextensions.k8s.io/v1",
            ["request"] = new JsonObject { ["uid"] = uid, ["desiredAPIVersion"] = to, ["objects"] = new JsonArray([.. objects.Select(@object => (JsonNode)@object.DeepClone())]) },
        };
        var reply = await line.Send(ObjectJson.ToUtf8(review), Patience, CancellationToken.None);
        if (reply.Fault is { } unreached) throw Failed(from, unreached.Replace("failed to call webhook: ", "", StringComparison.Ordinal));
        var response = Read(reply.Body, from).Child("response");
        if (response.Text("uid") != uid) throw Failed(from, $"expected response.uid=\"{uid}\", got \"{response.Text("uid")}\"");
        if (response.Text("result", "status") != "Success") throw Failed(from, response.Text("result", "message") is { Length: > 0 } why ? why : $"unknown result status \"{response.Text("result", "status")}\"");
        JsonObject?[] converted = [.. response.Items("convertedObjects").Select(item => item as JsonObject)];
        if (converted.Length != objects.Count) throw Failed(from, $"returned {converted.Length} objects, expected {objects.Count}");
        return [.. converted.Select((made, i) => Accepted(made, objects[i], from, to))];
    }

    /// <summary>It is asked no more.</summary>
    public void Retire() => line.Retire();

    private JsonObject Accepted(JsonObject? made, JsonObject asked, string from, string to)
    {
        if (made is null || made.Text("apiVersion") != to) throw Failed(from, $"returned invalid converted object: groupVersion {made.Text("apiVersion")}, expected {to}");
        if (made.Text("kind") != asked.Text("kind")) throw Failed(from, $"returned invalid converted object: kind {made.Text("kind")}, expected {asked.Text("kind")}");
        var (metadata, before) = (made.Metadata(), asked.Metadata());
        foreach (var member in Kept)
        {
            if (!JsonNode.DeepEquals(metadata[member], before[member])) throw Failed(from, $"returned invalid converted object: metadata.{member} was changed");
        }
        (made.Parent as JsonArray)?.Remove(made);
        return made;
    }

    private JsonObject Read(ReadOnlyMemory<byte> body, string from)
    {
        try
        {
            return ObjectLimits.Parse(body.Span) as JsonObject ?? throw Failed(from, "the answer is no object");
        }
        catch (JsonException)
        {
            throw Failed(from, "the answer is no JSON");
        }
    }

    private VersionConversionException Failed(string from, string why) => new($"conversion webhook for {from}, Kind={kind} failed: {why}");
}
