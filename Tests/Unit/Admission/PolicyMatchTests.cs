using ControlPlane.Objects;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>Which writes policies and their bindings are about.</summary>
public sealed class PolicyMatchTests
{
    private const string Deny = """ "validationActions": ["Deny"] """;
    private const string No = """[{ "expression": "false" }]""";

    [Theory]
    [InlineData("", "", true)]
    [InlineData(""", "objectSelector": { "matchLabels": { "app": "web" } }""", "", true)]
    [InlineData(""", "objectSelector": { "matchLabels": { "app": "db" } }""", "", false)]
    [InlineData(""", "namespaceSelector": { "matchLabels": { "team": "blue" } }""", "", true)]
    [InlineData(""", "namespaceSelector": { "matchLabels": { "team": "red" } }""", "", false)]
    [InlineData(""", "excludeResourceRules": [ { "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["*"], "resources": ["configmaps"] } ]""", "", false)]
    [InlineData(""", "excludeResourceRules": [ { "operations": ["DELETE"], "apiGroups": [""], "apiVersions": ["*"], "resources": ["configmaps"] } ]""", "", true)]
    [InlineData(""", "excludeResourceRules": [ { "operations": ["*"], "apiGroups": [""], "apiVersions": ["*"], "resources": ["*"], "resourceNames": ["m"] } ]""", "", false)]
    [InlineData(""", "excludeResourceRules": [ { "operations": ["*"], "apiGroups": [""], "apiVersions": ["*"], "resources": ["*"], "resourceNames": ["n"] } ]""", "", true)]
    [InlineData("", """, "matchResources": { }""", true)]
    [InlineData("", """, "matchResources": { "namespaceSelector": { "matchExpressions": [ { "key": "team", "operator": "In", "values": ["red"] } ] } }""", false)]
    [InlineData("", """, "matchResources": { "objectSelector": { "matchLabels": { "app": "web" } } }""", true)]
    [InlineData("", """, "matchResources": { "resourceRules": [ { "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"], "resourceNames": ["n", "m"] } ] }""", true)]
    [InlineData("", """, "matchResources": { "resourceRules": [ { "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"], "resourceNames": ["n"] } ] }""", false)]
    [InlineData("", """, "matchResources": { "resourceRules": [ { "operations": ["UPDATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"] } ] }""", false)]
    [InlineData("", """, "matchResources": { "excludeResourceRules": [ { "operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*"] } ] }""", false)]
    public async Task Both_the_policy_and_the_binding_must_mean_the_write(string policy, string binding, bool judged)
    {
        var world = new PolicyWorld().Policy("p", No, match: policy).Bind("b", "p", Deny + binding);
        Assert.Equal(judged, await world.Create("configmaps", "m", """{ "metadata": { "labels": { "app": "web" } } }""") != "");
    }

    [Theory]
    [InlineData("Equivalent", true)]
    [InlineData("Exact", false)]
    public async Task Rule_for_another_version_means_the_write_if_that_is_as_good(string policy, bool judged)
    {
        const string Old = """{ "operations": ["CREATE"], "apiGroups": ["autoscaling"], "apiVersions": ["v1"], "resources": ["horizontalpodautoscalers"] }""";
        var world = new PolicyWorld().Policy("p", """[{ "expression": "object.spec.targetCPUUtilizationPercentage < 80 && object.apiVersion == 'autoscaling/v1' && request.requestKind.version == 'v2'" }]""", rule: Old, match: $$""", "matchPolicy": "{{policy}}" """).Bind("b", "p");
        async Task<bool> Refused(string name, int use) => await world.Create("horizontalpodautoscalers", name, $$$"""
            { "spec": { "maxReplicas": 3, "scaleTargetRef": { "kind": "Deployment", "name": "d", "apiVersion": "apps/v1" }, "metrics": [ { "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": {{{use}}} } } } ] } }
            """) != "";
        Assert.Equal(judged, await Refused("h", 80));
        Assert.False(await Refused("i", 70));
    }

    [Fact]
    public async Task Subresources_are_judged_where_a_rule_names_them()
    {
        var world = new PolicyWorld().Policy("p", """[{ "expression": "object.kind == 'Scale' && object.spec.replicas < 3" }]""", rule: """{ "operations": ["UPDATE"], "apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["replicasets/scale"] }""").Bind("b", "p");
        world.Put("replicasets", "r", """{ "spec": { "replicas": 1, "selector": { "matchLabels": { "a": "b" } }, "template": { "metadata": { "labels": { "a": "b" } }, "spec": { "containers": [ { "name": "c", "image": "i" } ] } } } }""");
        Assert.Equal("", await world.Merge("replicasets", "r", """{ "spec": { "replicas": 5 } }"""));
        Assert.StartsWith("422 Invalid: replicasets.apps \"r\" is forbidden: ", await world.Merge("replicasets", "r", """{ "spec": { "replicas": 4 } }""", "scale"), StringComparison.Ordinal);
        Assert.Equal("", await world.Merge("replicasets", "r", """{ "spec": { "replicas": 2 } }""", "scale"));
    }

    [Fact]
    public async Task Policy_without_a_binding_does_nothing_and_neither_does_a_binding_without_a_policy()
    {
        var world = new PolicyWorld().Policy("p", No).Bind("b", "q");
        Assert.Equal("", await world.Create("configmaps", "m"));
        world.Bind("b2", "p");
        Assert.NotEqual("", await world.Create("configmaps", "n"));
        Assert.Equal("", await world.Delete("validatingadmissionpolicybindings", "b2"));
        Assert.Equal("", await world.Create("configmaps", "n"));
        world.Policy("q", No);
        Assert.NotEqual("", await world.Create("configmaps", "o"));
    }

    [Fact]
    public void Only_what_changed_is_compiled_again()
    {
        var world = new PolicyWorld().Policy("a", No).Policy("b", No).Policy("c", No).Bind("1", "a").Bind("2", "b").Bind("3", "b");
        var first = world.Index.Current;
        Assert.Equal([("a", 1), ("b", 2)], first.Select(bound => (bound.Policy.Terms.Name, bound.Bindings.Length)));
        world.Put("configmaps", "other", "{}");
        Assert.Equal(first, world.Index.Current);
        world.Policy("b", No);
        var second = world.Index.Current;
        Assert.Same(first[0].Policy, second[0].Policy);
        Assert.NotSame(first[1].Policy, second[1].Policy);
    }

    [Fact]
    public async Task Policy_that_forbids_everything_can_be_taken_away_and_does_not_keep_a_control_plane_from_starting()
    {
        var world = new PolicyWorld().Policy("p", No, rule: PolicyWorld.Anything).Bind("b", "p");
        Assert.Equal(Spared.Select(write => write.What).Append("anything else"), await Admitted(world, keepOther: true));
    }

    // A mutant: without the guard it could never be taken away.
    [Fact]
    public async Task Without_the_guard_it_could_not()
    {
        var world = new PolicyWorld(_ => false).Policy("p", No, rule: PolicyWorld.Anything).Bind("b", "p");
        Assert.Empty(await Admitted(world, keepOther: false));
    }

    // It was accepted by an older control plane: it fails as one that can't say, and says why.
    [Theory]
    [InlineData("Fail", "compilation error: compilation failed: ERROR: <input>:1:1: undeclared reference to 'nonsense' (in container '')\n | nonsense\n | ^")]
    [InlineData("Ignore", "")]
    public async Task Stored_policy_that_can_not_be_used_fails_as_one_that_can_not_say(string policy, string message)
    {
        var world = PolicyWorld.With("true", $$""", "failurePolicy": "{{policy}}" """);
        var stored = world.Store.Cache.Get(WebhookWorld.Key("validatingadmissionpolicies", "p"))!;
        var tree = stored.ToJsonObject();
        tree["spec"]!["validations"]![0]!["expression"] = "nonsense";
        world.Store.Put(new(stored.Key, ObjectJson.ToUtf8(tree), stored.Revision));
        Assert.Equal(message.Length == 0 ? "" : PolicyWorld.Denied(message), await world.Create("configmaps", "m"));
    }

    private static (string What, Func<PolicyWorld, Task<string>> Do)[] Spared { get; } =
    [
        ("its policy changes", world => world.Merge("validatingadmissionpolicies", "p", """{ "metadata": { "labels": { "a": "b" } } }""")),
        ("its binding changes", world => world.Merge("validatingadmissionpolicybindings", "b", """{ "metadata": { "labels": { "a": "b" } } }""")),
        ("another policy", world => world.Create("validatingadmissionpolicies", "q", """{ "spec": { "matchConstraints": { "resourceRules": [ { "operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*"] } ] }, "validations": [{ "expression": "true" }] } }""")),
        ("a role of the beginning", world => world.Create("clusterroles", "r", """{ "rules": [] }""", Requester.Controller("rbac-bootstrap"))),
        ("a namespace of the beginning", world => world.Create("namespaces", "kube-system", "{}", Requester.Controller("namespace-controller"))),
        ("its binding goes", world => world.Delete("validatingadmissionpolicybindings", "b")),
    ];

    private static async Task<string[]> Admitted(PolicyWorld world, bool keepOther)
    {
        var admitted = new List<string>();
        Assert.NotEqual("", await world.Create("configmaps", "before"));
        foreach (var (what, write) in Spared)
        {
            if (await write(world) == "") admitted.Add(what);
        }
        if (keepOther && await world.Create("configmaps", "after") == "") admitted.Add("anything else");
        return [.. admitted];
    }
}
