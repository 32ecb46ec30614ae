using System.Text.Json.Nodes;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Objects;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>Which webhooks are asked about a write, and as of which version.</summary>
public sealed class WebhookMatchTests
{
    [Theory]
    [InlineData("CREATE", "", "v1", "pods", "*", "pods", "", true)]
    [InlineData("*", "*", "*", "*", "*", "pods", "", true)]
    [InlineData("UPDATE", "", "v1", "pods", "*", "pods", "", false)]
    [InlineData("CREATE", "apps", "v1", "pods", "*", "pods", "", false)]
    [InlineData("CREATE", "", "v2", "pods", "*", "pods", "", false)]
    [InlineData("CREATE", "", "v1", "services", "*", "pods", "", false)]
    [InlineData("CREATE", "", "v1", "pods", "*", "pods", "binding", false)]
    [InlineData("CREATE", "", "v1", "pods/binding", "*", "pods", "binding", true)]
    [InlineData("CREATE", "", "v1", "pods/binding", "*", "pods", "", false)]
    [InlineData("CREATE", "", "v1", "pods/*", "*", "pods", "binding", true)]
    [InlineData("CREATE", "", "v1", "pods/*", "*", "pods", "", true)]
    [InlineData("CREATE", "", "v1", "*/binding", "*", "pods", "binding", true)]
    [InlineData("CREATE", "", "v1", "*/binding", "*", "pods", "", false)]
    [InlineData("CREATE", "", "v1", "*", "*", "pods", "binding", false)]
    [InlineData("CREATE", "", "v1", "*/*", "*", "pods", "binding", true)]
    [InlineData("CREATE", "", "v1", "pods", "Namespaced", "pods", "", true)]
    [InlineData("CREATE", "", "v1", "pods", "Cluster", "pods", "", false)]
    [InlineData("CREATE", "", "v1", "namespaces", "Cluster", "namespaces", "", true)]
    [InlineData("CREATE", "", "v1", "namespaces", "Namespaced", "namespaces", "", false)]
    public void Rule_means_a_write(string operation, string group, string version, string resource, string scope, string written, string subresource, bool means)
    {
        var rule = WebhookRule.Read(JsonNode.Parse($$"""{ "operations": ["{{operation}}"], "apiGroups": ["{{group}}"], "apiVersions": ["{{version}}"], "resources": ["nonsense", "{{resource}}"], "scope": "{{scope}}" }""")!.AsObject());
        Assert.Equal(means, rule.Matches(WriteOperation.Create, TestCatalogue.Default.FindStored(new("", written))!, subresource));
    }

    [Theory]
    [InlineData("Equivalent", true)]
    [InlineData("Exact", false)]
    public async Task Rule_for_another_version_means_the_write_if_that_is_as_good(string policy, bool asked)
    {
        var rule = """{ "operations": ["CREATE"], "apiGroups": ["autoscaling"], "apiVersions": ["v1"], "resources": ["horizontalpodautoscalers"] }""";
        var world = new WebhookWorld().Configure("mutating", "m", WebhookWorld.Hook("old", $$""", "matchPolicy": "{{policy}}" """, rule));
        world.Answers("old", _ => WebhookWorld.Patch("""[{ "op": "replace", "path": "/spec/targetCPUUtilizationPercentage", "value": 42 }]"""));
        var made = Assert.IsType<ObjectAccepted>(await world.Create("horizontalpodautoscalers", "h", """
            { "spec": { "maxReplicas": 3, "scaleTargetRef": { "kind": "Deployment", "name": "d", "apiVersion": "apps/v1" }, "metrics": [ { "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 80 } } } ] } }
            """)).Object.ToJsonObject();
        var use = made.Objects("spec", "metrics").Single().Number("resource", "target", "averageUtilization");
        if (!asked)
        {
            Assert.Empty(world.Asked);
            Assert.Equal(80, use);
            return;
        }

        // It is asked as of its version, is told of the one that was sent, and what it changes there is changed here.
        var request = world.Asked.Single().Request;
        Assert.Equal(("v1", "v1", "v2", "v2"), (request.Text("kind", "version"), request.Text("resource", "version"), request.Text("requestKind", "version"), request.Text("requestResource", "version")));
        Assert.Equal(("autoscaling/v1", 80), (request.Text("object", "apiVersion"), request.Number("object", "spec", "targetCPUUtilizationPercentage")));
        Assert.Equal((42, "autoscaling/v2"), (use, made.Text("apiVersion")));
    }

    [Fact]
    public async Task Namespace_selector_looks_at_the_labels_of_the_namespace_or_of_a_namespace_itself()
    {
        var world = new WebhookWorld().Configure("validating", "v", WebhookWorld.Hook("h", """, "namespaceSelector": { "matchLabels": { "guarded": "yes" } } """)).Answers("h", _ => WebhookWorld.Allow);
        await world.Create("configmaps", "unguarded");
        Assert.Empty(world.Asked);
        await world.Create("namespaces", "other");
        Assert.Empty(world.Asked);
        await world.Create("namespaces", "guarded", """{ "metadata": { "labels": { "guarded": "yes" } } }""");
        await world.Create("clusterroles", "of-no-namespace");
        await world.Merge("namespaces", "default", """{ "metadata": { "labels": { "guarded": "yes" } } }""");
        await world.Create("configmaps", "guarded");
        Assert.Equal(["guarded", "of-no-namespace", "default", "guarded"], world.Asked.Select(asked => asked.Request.Text("name")));
        Assert.Equal("default", world.Asked.ElementAt(2).Request.Text("namespace"));
    }

    [Fact]
    public async Task Object_selector_looks_at_the_new_and_at_the_old_labels()
    {
        var world = new WebhookWorld().Configure("validating", "v", WebhookWorld.Hook("h", """, "objectSelector": { "matchLabels": { "guarded": "yes" } } """)).Answers("h", _ => WebhookWorld.Allow);
        await world.Create("configmaps", "a");
        await world.Merge("configmaps", "a", """{ "metadata": { "labels": { "other": "1" } } }""");
        Assert.Empty(world.Asked);
        await world.Merge("configmaps", "a", """{ "metadata": { "labels": { "guarded": "yes" } } }""");
        Assert.Single(world.Asked);
        await world.Merge("configmaps", "a", """{ "metadata": { "labels": { "guarded": "no" } } }""");
        Assert.Equal(2, world.Asked.Count);
        await world.Delete("configmaps", "a");
        Assert.Equal(2, world.Asked.Count);
    }

    [Theory]
    [InlineData("true", "Fail", true, "")]
    [InlineData("false", "Fail", false, "")]
    [InlineData("fault", "Ignore", false, "")]
    [InlineData("fault", "Fail", false, "403: admission webhook \"h.example.com\" could not be matched: c0: no such field")]
    [InlineData("fault,false", "Fail", false, "")]
    [InlineData("true,fault", "Fail", false, "403: admission webhook \"h.example.com\" could not be matched: c1: no such field")]
    public async Task Match_conditions_spare_a_webhook_or_fail_for_it(string expressions, string policy, bool asked, string refusal)
    {
        var conditions = string.Join(',', expressions.Split(',').Select((expression, i) => $$"""{ "name": "c{{i}}", "expression": "{{expression}}" }"""));
        var world = new WebhookWorld(language: new Words());
        world.Store.Put(new(WebhookWorld.Key("validatingwebhookconfigurations", "v"), ObjectJson.ToUtf8(JsonNode.Parse($$"""
            { "metadata": { "name": "v", "uid": "1" }, "webhooks": [ {{WebhookWorld.Hook("h", $$""", "failurePolicy": "{{policy}}", "matchConditions": [ {{conditions}} ] """)}} ] }
            """)!), 0));
        world.Answers("h", _ => WebhookWorld.Allow);
        Assert.Equal(refusal, WebhookWorld.Message(await world.Create("configmaps", "a")));
        Assert.Equal(asked, world.Asked.Count > 0);
    }

    [Theory]
    [InlineData("authorizer.group('').resource('pods').namespace('default').check('create').allowed()", true)]
    [InlineData("!authorizer.requestResource.check('break').allowed()", false)]
    [InlineData("authorizer.serviceAccount('default', 'a').group('').resource('configmaps').namespace('other').check('get').allowed()", false)]
    [InlineData("request.userInfo.username == 'alice' && object.metadata.name == 'a' && oldObject == null", true)]
    public async Task Match_conditions_see_the_write_and_the_rights_of_who_makes_it(string expression, bool asked)
    {
        var world = new WebhookWorld().Configure("validating", "v", WebhookWorld.Hook("h", $$""", "matchConditions": [ { "name": "c", "expression": "{{expression}}" } ] """)).Answers("h", _ => WebhookWorld.Allow);
        Assert.Equal("", WebhookWorld.Message(await world.Create("configmaps", "a")));
        Assert.Equal(asked, world.Asked.Count > 0);
    }

    private sealed class Words : IMatchConditions
    {
        public string? Fault(string expression) => null;

        public IMatchCondition Prepare(string expression) => new Word(expression);

        private sealed class Word(string expression) : IMatchCondition
        {
            public MatchFinding Evaluate(MatchInput input) => expression == "fault" ? new(false, "no such field") : new(expression == "true" && input.Object is not null && input.Request.Text("operation") == "CREATE");
        }
    }
}
