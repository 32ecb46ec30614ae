using System.Net;
using System.Text.Json.Nodes;
using Shared.Json;
using Shared.Processes;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>Policies by which a whole control plane changes what clients and controllers write. Each test has labels of its own.</summary>
public sealed class MutatingPolicyTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>, IAsyncLifetime
{
    private const string Group = "/apis/admissionregistration.k8s.io";
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
    public async Task Object_is_changed_until_the_binding_is_gone_and_nobody_owns_what_was_added()
    {
        await Policy("v1", "owned", OfMaps, Apply("Object{data: {'owner': request.userInfo.username, 'size': params.data.size}}"), """, "paramKind": { "apiVersion": "v1", "kind": "ConfigMap" } """);
        Assert.False((await Made(Maps, Map("early", "owned"))).Has("data"));
        await Made(Maps, Map("sizes", "none", """ "size": "9" """));
        await Bind("v1", "owned", """, "paramRef": { "name": "sizes", "parameterNotFoundAction": "Deny" } """);
        var (code, shown) = await cluster.Send(HttpMethod.Post, $"{Maps}?dryRun=All", Map("m", "owned", """ "size": "1" """));
        Assert.Equal((HttpStatusCode.Created, "9"), (code, shown.Text("data", "size")));
        Assert.Equal(HttpStatusCode.NotFound, (await cluster.Send(HttpMethod.Get, $"{Maps}/m")).Code);

        const string Applied = """{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "m", "labels": { "group": "owned" } }, "data": { "mine": "yes" } }""";
        (code, shown) = await cluster.Send(HttpMethod.Patch, $"{Maps}/m?fieldManager=me", Applied, "application/apply-patch+yaml");
        Assert.True(code is HttpStatusCode.Created, shown.ToJsonString());
        _made.Push($"{Maps}/m");
        Assert.Equal(("yes", "9"), (shown.Text("data", "mine"), shown.Text("data", "size")));
        Assert.Equal("""{"f:mine":{}}""", shown.Objects("metadata", "managedFields").Single().Child("fieldsV1", "f:data")!.ToJsonString());

        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Delete, $"{Group}/v1/mutatingadmissionpolicybindings/owned")).Code);
        Assert.False((await Made(Maps, Map("late", "owned"))).Has("data"));
    }

    [Fact]
    public async Task Pods_of_a_controller_are_changed_before_validating_policies_see_them()
    {
        await Policy("v1", "pods", """ "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"] """, $"{Apply("Object{spec: Object.spec{initContainers: [Object.spec.initContainers{name: 'side', image: 's:1', restartPolicy: 'Always'}]}}")}, {Patch("[JSONPatch{op: 'replace', path: '/spec/containers/0/image', value: 'registry.example/' + object.spec.containers[0].image}]")}");
        await Bind("v1", "pods");
        await Made($"{Group}/v1/validatingadmissionpolicies", """
            { "metadata": { "name": "images" }, "spec": { "matchConstraints": { "resourceRules": [ { "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"] } ], "objectSelector": { "matchLabels": { "group": "pods" } } },
              "validations": [ { "expression": "object.spec.containers.all(c, c.image.startsWith('registry.example/'))" } ] } }
            """);
        await Made($"{Group}/v1/validatingadmissionpolicybindings", """{ "metadata": { "name": "images" }, "spec": { "policyName": "images", "validationActions": ["Deny"] } }""");
        await Made(Deployments, """{ "metadata": { "name": "changed" }, "spec": { "replicas": 1, "selector": { "matchLabels": { "group": "pods" } }, "template": { "metadata": { "labels": { "group": "pods" } }, "spec": { "containers": [ { "name": "c", "image": "i" } ] } } } }""");
        JsonObject? pod = null;
        await ControlPlaneMembers.Until("the pod is made", async () =>
        {
            pod = (await cluster.Send(HttpMethod.Get, "/api/v1/namespaces/default/pods?labelSelector=group=pods")).Body.Objects("items").FirstOrDefault();
            return pod is not null;
        });
        Assert.Equal(("registry.example/i", "s:1"), (pod.Objects("spec", "containers").Single().Text("image"), pod.Objects("spec", "initContainers").Single().Text("image")));
    }

    [Fact]
    public async Task Version_before_is_served_too_and_kubectl_shows_both()
    {
        var made = await Policy("v1beta1", "beta", OfMaps, Apply("Object{data: {'beta': 'yes'}}"));
        Assert.Equal("admissionregistration.k8s.io/v1beta1", made.Text("apiVersion"));
        Assert.Equal("admissionregistration.k8s.io/v1beta1", (await Bind("v1beta1", "beta")).Text("apiVersion"));
        Assert.Equal("yes", (await Made(Maps, Map("b", "beta"))).Text("data", "beta"));
        var (code, read) = await cluster.Send(HttpMethod.Get, $"{Group}/v1/mutatingadmissionpolicies/beta");
        Assert.Equal((HttpStatusCode.OK, "admissionregistration.k8s.io/v1", "Never"), (code, read.Text("apiVersion"), read.Text("spec", "reinvocationPolicy")));
        foreach (var version in (string[])["v1", "v1beta1"])
        {
            var shown = await ExternalProgram.Run("kubectl", ["--kubeconfig", Path.Combine(cluster.Options.DataDirectory, "admin.kubeconfig"), "get", $"mutatingadmissionpolicies.{version}.admissionregistration.k8s.io", "beta", "--no-headers"]);
            Assert.Matches(@"^beta\s+1\s+<unset>\s+\d+s", shown);
        }
    }

    [Fact]
    public async Task Failure_and_faults_are_told_in_kubernetes_words()
    {
        await Policy("v1", "fails", OfMaps, Apply("Object{data: {'x': object.data.none}}"));
        await Bind("v1", "fails");
        var (code, refusal) = await cluster.Send(HttpMethod.Post, Maps, Map("f", "fails", """ "a": "b" """));
        Assert.Equal((HttpStatusCode.Forbidden, "Invalid"), (code, refusal.Text("reason")));
        Assert.Equal("policy 'fails' with binding 'fails' denied request: expression 'Object{data: {'x': object.data.none}}' resulted in error: no such key: none", refusal.Text("message"));
        (code, refusal) = await cluster.Send(HttpMethod.Post, $"{Group}/v1/mutatingadmissionpolicies", Spec("faulty", OfMaps, Apply("object")));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, code);
        Assert.Equal("MutatingAdmissionPolicy.admissionregistration.k8s.io \"faulty\" is invalid: spec.mutations[0].applyConfiguration.expression: Invalid value: \"object\": must evaluate to Object but got dyn", refusal.Text("message"));
    }

    private static string Apply(string expression) => new JsonObject { ["patchType"] = "ApplyConfiguration", ["applyConfiguration"] = new JsonObject { ["expression"] = expression } }.ToJsonString();

    private static string Patch(string expression) => new JsonObject { ["patchType"] = "JSONPatch", ["jsonPatch"] = new JsonObject { ["expression"] = expression } }.ToJsonString();

    private static string Map(string name, string group, string? data = null) => $$"""{ "metadata": { "name": "{{name}}", "labels": { "group": "{{group}}" } }{{(data is null ? "" : $$""", "data": { {{data}} }""")}} }""";

    private static string Spec(string name, string resources, string mutations, string more = "") => $$"""
        { "metadata": { "name": "{{name}}" }, "spec": { "matchConstraints": { "resourceRules": [ { "operations": ["CREATE"], {{resources}} } ], "objectSelector": { "matchLabels": { "group": "{{name}}" } } }, "mutations": [ {{mutations}} ], "reinvocationPolicy": "Never"{{more}} } }
        """;

    /// <summary>Makes a policy over new objects with the label <c>group=NAME</c>.</summary>
    private Task<JsonObject> Policy(string version, string name, string resources, string mutations, string more = "") => Made($"{Group}/{version}/mutatingadmissionpolicies", Spec(name, resources, mutations, more));

    private Task<JsonObject> Bind(string version, string name, string more = "") => Made($"{Group}/{version}/mutatingadmissionpolicybindings", $$"""{ "metadata": { "name": "{{name}}" }, "spec": { "policyName": "{{name}}"{{more}} } }""");

    private async Task<JsonObject> Made(string path, string body)
    {
        var (code, made) = await cluster.Send(HttpMethod.Post, path, body);
        Assert.True(code == HttpStatusCode.Created, made.ToJsonString());
        _made.Push($"{path}/{made.Text("metadata", "name")}");
        return made;
    }
}
