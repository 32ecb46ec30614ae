using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Admission.Policies;
using ControlPlane.Entities;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Api;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>Objects whose writes are judged by policies, in a namespace <c>default</c>.</summary>
internal sealed class PolicyWorld
{
    /// <summary>The rule of policies that name none: new and changed ConfigMaps.</summary>
    public const string Maps = """{ "operations": ["CREATE", "UPDATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"] }""";

    /// <summary>Everything.</summary>
    public const string Anything = """{ "operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*/*"] }""";
    private readonly AdmissionChain _chain;

    /// <param name="isSpared">Which writes no policy judges; null: as in the product.</param>
    public PolicyWorld(Func<PendingWrite, bool>? isSpared = null)
    {
        Index = PolicyIndex.Validating(Store.Cache);
        var reach = new PolicyReach(TestCatalogue.Default, Store.Cache, new OneUser("alice"));
        Step = isSpared is null ? new(Index, reach) : new(Index, reach, isSpared);
        _chain = new([Step]);
        Put("namespaces", "default", """{ "metadata": { "labels": { "team": "blue" } } }""");
    }

    public ObjectStore Store { get; } = new();
    public PolicyIndex<ValidatingPolicy> Index { get; }
    public ValidatingPolicies Step { get; }

    /// <summary>What the last write was warned of.</summary>
    public IReadOnlyList<string> Warnings { get; private set; } = [];

    /// <summary>What the audit log has of the last write.</summary>
    public ImmutableDictionary<string, string> Annotations { get; private set; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>A policy with one validation, that an expression is true, and a binding of the same name.</summary>
    public static PolicyWorld With(string expression, string more = "", string validation = "", string binding = """ "validationActions": ["Deny"] """) =>
        new PolicyWorld().Policy("p", $$"""[{ "expression": {{JsonValue.Create(expression)!.ToJsonString()}}{{validation}} }]""", more).Bind("b", "p", binding);

    /// <summary>Stores a policy.</summary>
    /// <param name="more">Members of its spec.</param>
    /// <param name="match">Members of its matchConstraints beside the rule.</param>
    public PolicyWorld Policy(string name, string validations, string more = "", string rule = Maps, string match = "")
    {
        Put("validatingadmissionpolicies", name, $$"""{ "spec": { "matchConstraints": { "resourceRules": [ {{rule}} ]{{match}} }, "validations": {{validations}}{{more}} } }""");
        return this;
    }

    /// <summary>Stores a binding.</summary>
    public PolicyWorld Bind(string name, string policy, string more = """ "validationActions": ["Deny"] """)
    {
        Put("validatingadmissionpolicybindings", name, $$"""{ "spec": { "policyName": "{{policy}}", {{more}} } }""");
        return this;
    }

    /// <summary>Stores an object without judging it, in place of what there is.</summary>
    public void Put(string resource, string name, string json, string @namespace = "default")
    {
        var key = Key(resource, name, @namespace);
        if (Store.Cache.Get(key) is not null) Store.Do(new DeleteObject(key, 0, Propagation.Background, WebhookWorld.User));
        var made = Store.Do(new CreateObject(key, Tree(key, json), WebhookWorld.User));
        Assert.True(made is ObjectAccepted, (made as ObjectRejected)?.Status.Message);
    }

    /// <summary>The refusal of a create, as <c>code reason: message</c>; empty for none.</summary>
    public Task<string> Create(string resource, string name, string json = "{}", Requester? by = null, string @namespace = "default") =>
        Send(new CreateObject(Key(resource, name, @namespace), Tree(Key(resource, name, @namespace), json), by ?? WebhookWorld.User));

    public Task<string> Merge(string resource, string name, string json, string subresource = "") =>
        Send(new PatchObject(Key(resource, name), new FieldPatch(JsonNode.Parse(json)!.AsObject()), subresource, WebhookWorld.User));

    public Task<string> Delete(string resource, string name) => Send(new DeleteObject(Key(resource, name), 0, Propagation.Background, WebhookWorld.User));

    public async Task<string> Send(ObjectCommand command)
    {
        var result = await Store.Send(command, _chain);
        (Warnings, Annotations) = result.Notes is { } notes ? (notes.Warnings, notes.Annotations) : ([], ImmutableDictionary<string, string>.Empty);
        return result is ObjectRejected { Status: var status } ? $"{status.Code} {status.Reason}: {status.Message}" : "";
    }

    /// <summary>The refusal of a ConfigMap m by the policy p with the binding b.</summary>
    public static string Denied(string message, string status = "422 Invalid") => $"{status}: configmaps \"m\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: {message}";

    private static ObjectKey Key(string resource, string name, string @namespace = "default")
    {
        var key = WebhookWorld.Key(resource, name);
        return key.Namespace.Length > 0 ? key with { Namespace = @namespace } : key;
    }

    private static JsonObject Tree(ObjectKey key, string json)
    {
        var (tree, kind) = (JsonNode.Parse(json)!.AsObject(), TestCatalogue.Default.FindStored(key.GroupResource)!);
        (tree["apiVersion"], tree["kind"]) = (kind.GroupVersion, kind.Kind);
        tree.Metadata()["name"] = key.Name;
        return tree;
    }
}
