using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>Objects whose writes are changed by policies, and then by webhooks, in a namespace <c>default</c>.</summary>
internal sealed class MutationWorld
{
    public const string Never = """ "reinvocationPolicy": "Never" """;
    public const string IfNeeded = """ "reinvocationPolicy": "IfNeeded" """;

    /// <param name="isSpared">Which writes no policy changes; null: as in the product.</param>
    public MutationWorld(Func<PendingWrite, bool>? isSpared = null) => Webhooks = new(isSpared: isSpared);

    /// <summary>The webhooks behind the policies, and the store.</summary>
    public WebhookWorld Webhooks { get; }

    /// <summary>A policy p with one mutation, and a binding b.</summary>
    /// <param name="mutation">By <see cref="Apply"/> or <see cref="Patch"/>.</param>
    /// <param name="more">Members of its spec.</param>
    /// <param name="rule">What it is about.</param>
    public static MutationWorld With(string mutation, string more = "", string rule = PolicyWorld.Maps) => new MutationWorld().Policy("p", mutation, more, rule).Bind("b", "p");

    /// <summary>A mutation that applies an <c>Object</c>.</summary>
    public static string Apply(string expression) => new JsonObject { ["patchType"] = "ApplyConfiguration", ["applyConfiguration"] = new JsonObject { ["expression"] = expression } }.ToJsonString();

    /// <summary>A mutation that makes a list of <c>JSONPatch</c>.</summary>
    public static string Patch(string expression) => new JsonObject { ["patchType"] = "JSONPatch", ["jsonPatch"] = new JsonObject { ["expression"] = expression } }.ToJsonString();

    /// <summary>Stores a policy, in place of the one there is.</summary>
    /// <param name="mutations">Separated by commas.</param>
    /// <param name="more">Members of its spec, each with a comma before it.</param>
    /// <param name="match">Members of its matchConstraints beside the rule.</param>
    public MutationWorld Policy(string name, string mutations, string more = "", string rule = PolicyWorld.Maps, string match = "", string again = Never)
    {
        Put("mutatingadmissionpolicies", name, $$"""{ "spec": { "matchConstraints": { "resourceRules": [ {{rule}} ]{{match}} }, "mutations": [ {{mutations}} ], {{again}}{{more}} } }""");
        return this;
    }

    /// <summary>Stores a binding.</summary>
    public MutationWorld Bind(string name, string policy, string more = "")
    {
        Put("mutatingadmissionpolicybindings", name, $$"""{ "spec": { "policyName": "{{policy}}"{{more}} } }""");
        return this;
    }

    /// <summary>Stores an object without asking anybody, in place of what there is.</summary>
    public void Put(string resource, string name, string json)
    {
        var key = WebhookWorld.Key(resource, name);
        if (Webhooks.Store.Cache.Get(key) is not null) Webhooks.Store.Do(new DeleteObject(key, 0, Propagation.Background, WebhookWorld.User));
        Webhooks.Put(resource, name, json);
    }

    /// <summary>The object as it is stored.</summary>
    public JsonObject Stored(string resource, string name) => Webhooks.Store.Cache.Get(WebhookWorld.Key(resource, name))!.ToJsonObject();

    /// <summary>What a create stores; fails if it is refused.</summary>
    public async Task<JsonObject> Created(string resource, string name, string json = "{}") => Tree(await Webhooks.Create(resource, name, json));

    /// <summary>What a merge patch leaves; fails if it is refused.</summary>
    public async Task<JsonObject> Merged(string resource, string name, string json, string subresource = "") => Tree(await Webhooks.Merge(resource, name, json, subresource));

    /// <summary>The refusal of a create, as <c>code reason: message</c>; empty for none.</summary>
    public async Task<string> Create(string resource, string name, string json = "{}", Requester? by = null) => Words(await Webhooks.Create(resource, name, json, by));

    /// <summary>The refusal of a merge patch.</summary>
    public async Task<string> Merge(string resource, string name, string json, string subresource = "") => Words(await Webhooks.Merge(resource, name, json, subresource));

    /// <summary>The refusal by the policy p with the binding b.</summary>
    public static string Denied(string message) => $"403 Invalid: policy 'p' with binding 'b' denied request: {message}";

    /// <summary>A refusal, as <c>code reason: message</c>; empty for none.</summary>
    public static string Words(ObjectResult result) => result is ObjectRejected { Status: var status } ? $"{status.Code} {status.Reason}: {status.Message}" : "";

    /// <summary>The object of a write that was accepted.</summary>
    public static JsonObject Tree(ObjectResult result)
    {
        Assert.True(result is ObjectAccepted, Words(result));
        return ((ObjectAccepted)result).Object.ToJsonObject();
    }
}
