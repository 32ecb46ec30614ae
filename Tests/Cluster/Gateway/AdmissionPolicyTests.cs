using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Shared.Json;
using Shared.Processes;
using Tests.Support;
using Tests.Unit.CustomResources;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>Policies that a whole control plane holds clients and controllers to. Each test has labels of its own.</summary>
public sealed class AdmissionPolicyTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>, IAsyncLifetime
{
    private const string Policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
    private const string Bindings = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings";
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private const string Deployments = "/apis/apps/v1/namespaces/default/deployments";
    private const string OfMaps = """ "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"] """;
    private readonly Stack<string> _made = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        while (_made.TryPop(out var path)) await cluster.Send(HttpMethod.Delete, path);
    }

    [Fact]
    public async Task Write_is_denied_until_its_binding_is_gone()
    {
        await Policy("denied", OfMaps, """[{ "expression": "object.data.owner != ''", "message": "an owner must be named", "reason": "Forbidden" }]""");
        Assert.Equal(HttpStatusCode.Created, (await cluster.Send(HttpMethod.Post, $"{Maps}?dryRun=All", Map("m", "denied"))).Code);
        await Bind("denied", "denied");
        foreach (var path in (string[])[Maps, $"{Maps}?dryRun=All"])
        {
            var (code, refusal) = await cluster.Send(HttpMethod.Post, path, Map("m", "denied", """ "owner": "" """));
            Assert.Equal((HttpStatusCode.Forbidden, "Forbidden"), (code, refusal.Text("reason")));
            Assert.Equal("configmaps \"m\" is forbidden: ValidatingAdmissionPolicy 'denied' with binding 'denied' denied request: an owner must be named", refusal.Text("message"));
        }
        var (error, broken) = await cluster.Send(HttpMethod.Post, Maps, Map("m", "denied"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, error);
        Assert.EndsWith("denied request: expression 'object.data.owner != ''' resulted in error: no such key: owner", broken.Text("message"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await cluster.Send(HttpMethod.Get, $"{Maps}/m")).Code);
        await Made(Maps, Map("kept", "denied", """ "owner": "me" """));
        Assert.Equal(HttpStatusCode.Forbidden, (await cluster.Send(HttpMethod.Patch, $"{Maps}/kept", """{ "data": { "owner": "" } }""", "application/merge-patch+json")).Code);

        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Delete, $"{Bindings}/denied")).Code);
        await Made(Maps, Map("m", "denied"));
    }

    [Fact]
    public async Task Write_is_warned_of_in_a_header()
    {
        await Policy("warned", OfMaps, """[{ "expression": "false", "messageExpression": "object.metadata.name + ' is odd'" }]""");
        await Bind("warned", "warned", """, "validationActions": ["Warn"] """);
        using var request = new HttpRequestMessage(HttpMethod.Post, Maps) { Content = new StringContent(Map("w", "warned"), Encoding.UTF8, "application/json") };
        using var response = await cluster.Http.SendAsync(request);
        _made.Push($"{Maps}/w");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("299 - \"Validation failed for ValidatingAdmissionPolicy 'warned' with binding 'warned': w is odd\"", response.Headers.GetValues("Warning").Single());
    }

    [Fact]
    public async Task Parameters_are_config_maps_and_custom_resources()
    {
        var (code, answer) = await cluster.Send(HttpMethod.Post, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", Definitions.Widgets(null, "gauges", "Gauge").ToJsonString());
        Assert.True(code is HttpStatusCode.Created, answer.ToJsonString());
        _made.Push("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gauges.shop.example.com");
        await Policy("by-map", OfMaps, """[{ "expression": "int(object.data.size) <= int(params.data.most)", "messageExpression": "'at most ' + params.data.most" }]""", """, "paramKind": { "apiVersion": "v1", "kind": "ConfigMap" } """);
        await Policy("by-gauge", OfMaps, """[{ "expression": "int(object.data.size) >= params.spec.size", "messageExpression": "'at least ' + string(params.spec.size)" }]""", """, "paramKind": { "apiVersion": "shop.example.com/v1", "kind": "Gauge" } """, "by-map");
        await Bind("by-map", "by-map", """, "paramRef": { "name": "limits", "parameterNotFoundAction": "Deny" } """);
        Task<(HttpStatusCode Code, JsonObject Body)> Try(int size) => cluster.Send(HttpMethod.Post, $"{Maps}?dryRun=All", Map("p", "by-map", $"\"size\": \"{size}\""));
        Assert.EndsWith("failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction", (await Try(3)).Body.Text("message"), StringComparison.Ordinal);
        await Made(Maps, Map("limits", "none", """ "most": "9" """));
        Assert.Equal(HttpStatusCode.Created, (await Try(9)).Code);
        Assert.EndsWith("'by-map' denied request: at most 9", (await Try(10)).Body.Text("message"), StringComparison.Ordinal);

        await ControlPlaneMembers.Until("the kind is served", async () => (await cluster.Send(HttpMethod.Get, "/apis/shop.example.com/v1/namespaces/default/gauges")).Code is HttpStatusCode.OK);
        await Made("/apis/shop.example.com/v1/namespaces/default/gauges", """{ "apiVersion": "shop.example.com/v1", "kind": "Gauge", "metadata": { "name": "g", "labels": { "use": "least" } }, "spec": { "size": 4 } }""");
        await Bind("by-gauge", "by-gauge", """, "paramRef": { "selector": { "matchLabels": { "use": "least" } }, "parameterNotFoundAction": "Deny" } """);
        Assert.Equal(HttpStatusCode.Created, (await Try(4)).Code);
        Assert.EndsWith("'by-gauge' denied request: at least 4", (await Try(3)).Body.Text("message"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Patch, "/apis/shop.example.com/v1/namespaces/default/gauges/g", """{ "spec": { "size": 2 } }""", "application/merge-patch+json")).Code);
        Assert.Equal(HttpStatusCode.Created, (await Try(3)).Code);
    }

    [Fact]
    public async Task Controllers_are_held_to_them_and_say_so()
    {
        await Policy("pods", """ "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"] """, """[{ "expression": "object.spec.containers.all(c, c.image.startsWith('registry.example/'))", "message": "images come from registry.example" }]""");
        await Bind("pods", "pods");
        await Made(Deployments, Deployment("held", "pods"));
        JsonObject? failure = null;
        await ControlPlaneMembers.Until("the Deployment says that its pods are refused", async () =>
        {
            var (_, deployment) = await cluster.Send(HttpMethod.Get, $"{Deployments}/held");
            failure = deployment.Objects("status", "conditions").FirstOrDefault(condition => condition.Text("type") == "ReplicaFailure");
            return failure is not null;
        });
        Assert.Equal("FailedCreate", failure.Text("reason"));
        Assert.EndsWith("ValidatingAdmissionPolicy 'pods' with binding 'pods' denied request: images come from registry.example", failure.Text("message"), StringComparison.Ordinal);
        await cluster.Send(HttpMethod.Patch, $"{Deployments}/held", """{ "spec": { "template": { "spec": { "containers": [ { "name": "c", "image": "registry.example/c" } ] } } } }""", "application/strategic-merge-patch+json");
        await ControlPlaneMembers.Until("its pods are made", async () => (await cluster.Send(HttpMethod.Get, "/api/v1/namespaces/default/pods?labelSelector=group=pods")).Body.Items("items").Count == 1);
    }

    [Fact]
    public async Task Status_tells_what_expressions_find_undefined()
    {
        await Policy("typed", """ "apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["deployments"] """, """[{ "expression": "object.spec.none > 1" }]""");
        JsonObject? status = null;
        await ControlPlaneMembers.Until("the policy was looked at", async () =>
        {
            status = (await cluster.Send(HttpMethod.Get, $"{Policies}/typed")).Body.Child("status");
            return status.Number("observedGeneration") == 1;
        });
        Assert.Equal("apps/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'none'\n | object.spec.none > 1\n | ...........^\n", status.Objects("typeChecking", "expressionWarnings").Single().Text("warning"));
    }

    [Fact]
    public async Task Kubectl_is_told_why()
    {
        await Policy("tool", """ "apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["deployments"] """, """[{ "expression": "object.spec.replicas <= 2" }]""", selector: """{ "app": "many" }""");
        await Bind("tool", "tool");
        var refused = await ExternalProgram.TryRun("kubectl", ["--kubeconfig", Path.Combine(cluster.Options.DataDirectory, "admin.kubeconfig"), "create", "deployment", "many", "--image=i", "--replicas=3"]);
        Assert.Contains("ValidatingAdmissionPolicy 'tool' with binding 'tool' denied request: failed expression: object.spec.replicas <= 2", refused.Error, StringComparison.Ordinal);
        await ExternalProgram.Run("kubectl", ["--kubeconfig", Path.Combine(cluster.Options.DataDirectory, "admin.kubeconfig"), "create", "deployment", "many", "--image=i", "--replicas=2"]);
        _made.Push($"{Deployments}/many");
    }

    [Fact]
    public async Task Faults_are_shown_with_their_place()
    {
        var (code, refusal) = await cluster.Send(HttpMethod.Post, Policies, $$"""
            { "metadata": { "name": "faulty" }, "spec": { "matchConstraints": { "resourceRules": [ { "operations": ["*"], {{OfMaps}} } ] }, "validations": [ { "expression": "object.spec ? 1" } ] } }
            """);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, code);
        Assert.StartsWith("ValidatingAdmissionPolicy.admissionregistration.k8s.io \"faulty\" is invalid: spec.validations[0].expression: Invalid value: \"object.spec ? 1\": compilation failed: ERROR: <input>:1:16: Syntax error: ", refusal.Text("message"), StringComparison.Ordinal);
    }

    private static string Deployment(string name, string group) =>
        $$$"""{ "metadata": { "name": "{{{name}}}" }, "spec": { "replicas": 1, "selector": { "matchLabels": { "group": "{{{group}}}" } }, "template": { "metadata": { "labels": { "group": "{{{group}}}" } }, "spec": { "containers": [ { "name": "c", "image": "i" } ] } } } }""";

    private static string Map(string name, string group, string data = "") => $$$"""{ "metadata": { "name": "{{{name}}}", "labels": { "group": "{{{group}}}" } }, "data": { {{{data}}} } }""";

    /// <summary>Makes a policy over new and changed objects with the label <c>group=NAME</c>.</summary>
    private Task Policy(string name, string resources, string validations, string more = "", string? group = null, string? selector = null) => Made(Policies, $$"""
        { "metadata": { "name": "{{name}}" }, "spec": { "matchConstraints": { "resourceRules": [ { "operations": ["CREATE", "UPDATE"], {{resources}} } ], "objectSelector": { "matchLabels": {{selector ?? $$"""{ "group": "{{group ?? name}}" }"""}} } }, "validations": {{validations}}{{more}} } }
        """);

    private Task Bind(string name, string policy, string more = "") =>
        Made(Bindings, $$"""{ "metadata": { "name": "{{name}}" }, "spec": { "policyName": "{{policy}}"{{(more.Contains("validationActions", StringComparison.Ordinal) ? "" : """, "validationActions": ["Deny"] """)}}{{more}} } }""");

    private async Task<JsonObject> Made(string path, string body)
    {
        var (code, made) = await cluster.Send(HttpMethod.Post, path, body);
        Assert.True(code == HttpStatusCode.Created, made.ToJsonString());
        _made.Push($"{path}/{made.Text("metadata", "name")}");
        return made;
    }
}
