using System.Net;
using System.Text.Json.Nodes;
using Shared.Json;
using Shared.Processes;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>Server-side apply as clients do it, and who manages which fields as they are shown it.</summary>
public sealed class ApplyTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>
{
    private const string Apply = "application/apply-patch+yaml";
    private const string Deployments = "/apis/apps/v1/namespaces/default/deployments";

    [Fact]
    public async Task What_is_applied_is_made_changed_and_left_alone()
    {
        var path = $"{Deployments}/first";
        var (code, made) = await cluster.Send(HttpMethod.Patch, $"{path}?fieldManager=ci", Yaml("first", "i:1"), Apply);
        Assert.Equal(HttpStatusCode.Created, code);
        Assert.Equal("Apply", Entry(made, "ci").Text("operation"));
        (code, var same) = await cluster.Send(HttpMethod.Patch, $"{path}?fieldManager=ci", Yaml("first", "i:1"), Apply);
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Equal(Entry(made, "ci").ToJsonString(), Entry(same, "ci").ToJsonString());
        (code, var refused) = await cluster.Send(HttpMethod.Patch, $"{path}?fieldManager=other", Yaml("first", "i:2"), Apply);
        Assert.Equal(HttpStatusCode.Conflict, code);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"ci\": .spec.template.spec.containers[name=\"c\"].image", refused.Text("message"));
        Assert.Equal("FieldManagerConflict", refused.Objects("details", "causes").Single().Text("reason"));
        (code, _) = await cluster.Send(HttpMethod.Patch, $"{path}?fieldManager=other&dryRun=All&force=true", Yaml("first", "i:2"), Apply);
        Assert.Equal(HttpStatusCode.OK, code);
        (code, var forced) = await cluster.Send(HttpMethod.Patch, $"{path}?fieldManager=other&force=true", Yaml("first", "i:2"), Apply);
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.False(Entry(forced, "ci").Has("fieldsV1", "f:spec", "f:template", "f:spec", "f:containers", "k:{\"name\":\"c\"}", "f:image"));
    }

    [Fact]
    public async Task Every_reader_of_whole_objects_sees_who_manages_what()
    {
        await cluster.Send(HttpMethod.Post, "/api/v1/namespaces/default/configmaps?fieldManager=maker", """{"metadata":{"name":"seen"},"data":{"a":"1"}}""");
        const string Path = "/api/v1/namespaces/default/configmaps";
        var (_, one) = await cluster.Send(HttpMethod.Get, $"{Path}/seen");
        Assert.Equal("""{"f:data":{".":{},"f:a":{}}}""", Entry(one, "maker").Child("fieldsV1")!.ToJsonString());
        var (_, list) = await cluster.Send(HttpMethod.Get, $"{Path}?fieldSelector=metadata.name=seen");
        Assert.Equal(one["metadata"]!.ToJsonString(), list.Objects("items").Single()["metadata"]!.ToJsonString());
        await using var watch = await WatchStream.Open(cluster.Http, $"{Path}?watch=1&fieldSelector=metadata.name=seen");
        Assert.Equal(one["metadata"]!.ToJsonString(), (await watch.Next())["object"]!["metadata"]!.ToJsonString());
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Path}/seen") { Headers = { { "Accept", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" } } };
        using var answer = await cluster.Http.SendAsync(request);
        Assert.Equal(one["metadata"]!.ToJsonString(), JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["metadata"]!.ToJsonString());

        // In another version they are named as in the stored one.
        const string Scalers = "namespaces/default/horizontalpodautoscalers";
        await cluster.Send(HttpMethod.Patch, $"/apis/autoscaling/v1/{Scalers}/h?fieldManager=maker", """{"spec":{"scaleTargetRef":{"kind":"Deployment","name":"d","apiVersion":"apps/v1"},"maxReplicas":3}}""", Apply);
        var (_, older) = await cluster.Send(HttpMethod.Get, $"/apis/autoscaling/v1/{Scalers}/h");
        Assert.Equal("autoscaling/v1", older.Text("apiVersion"));
        Assert.Equal("autoscaling/v2", Entry(older, "maker").Text("apiVersion"));
    }

    [Theory]
    [InlineData("", "{}", 422, "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch")]
    [InlineData("fieldManager=m", """{"spec":{"nope":1}}""", 400, "failed to create typed patch object (default/bad; apps/v1, Kind=Deployment): unknown field \"spec.nope\"")]
    [InlineData("fieldManager=m", """{"metadata":{"managedFields":[{"manager":"x"}]}}""", 400, "metadata.managedFields must be nil")]
    [InlineData("fieldManager=m", """{"metadata":{"name":"other"}}""", 400, "the name of the object (other) does not match the name on the URL (bad)")]
    [InlineData("fieldManager=m", """{"metadata":{"namespace":"other"}}""", 400, "does not match the namespace sent on the request")]
    [InlineData("fieldManager=m", """{"kind":"Pod","apiVersion":"v1"}""", 400, "does not match the expected")]
    [InlineData("fieldManager=m", "{}", 422, "spec.selector: Required value")]
    [InlineData("fieldManager=m", "a: [", 400, "")]
    public async Task What_can_not_be_applied_is_refused_in_words(string query, string body, int expected, string message)
    {
        var (code, refusal) = await cluster.Send(HttpMethod.Patch, $"{Deployments}/bad?{query}", body, Apply);
        Assert.Equal(expected, (int)code);
        Assert.Contains(message, refusal.Text("message"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await cluster.Send(HttpMethod.Get, $"{Deployments}/bad")).Code);
    }

    [Fact]
    public async Task Other_patches_can_not_insist_and_names_of_managers_are_short()
    {
        var (code, refusal) = await cluster.Send(HttpMethod.Patch, $"{Deployments}/bad?force=true", "{}", "application/merge-patch+json");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for non-apply patch"), (code, refusal.Text("message")));
        (code, refusal) = await cluster.Send(HttpMethod.Post, $"{Deployments}?fieldManager={new string('x', 129)}", "{}");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "CreateOptions.meta.k8s.io \"\" is invalid: fieldManager: Too long: may not be more than 128 bytes"), (code, refusal.Text("message")));
    }

    [Fact]
    public async Task To_apply_what_is_not_there_takes_the_right_to_create()
    {
        await cluster.Send(HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/clusterroles", """{"metadata":{"name":"patcher"},"rules":[{"apiGroups":[""],"resources":["configmaps"],"verbs":["patch"]}]}""");
        await cluster.Send(HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", """{"metadata":{"name":"patcher"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"patcher"},"subjects":[{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"pat"}]}""");
        const string Path = "/api/v1/namespaces/default/configmaps/rights";
        Assert.Equal((HttpStatusCode.Forbidden, "configmaps \"rights\" is forbidden: User \"pat\" cannot create resource \"configmaps\" in API group \"\" in the namespace \"default\""), await As("pat", Path));
        Assert.Equal(HttpStatusCode.Created, (await cluster.Send(HttpMethod.Patch, $"{Path}?fieldManager=m", """{"data":{"a":"1"}}""", Apply)).Code);
        Assert.Equal(HttpStatusCode.OK, (await As("pat", Path)).Code);
    }

    [Fact]
    public async Task A_scale_is_applied_and_belongs_to_who_applied_it()
    {
        await cluster.Send(HttpMethod.Patch, $"{Deployments}/scaled?fieldManager=ci", Yaml("scaled", "i:1"), Apply);
        var (code, scale) = await cluster.Send(HttpMethod.Patch, $"{Deployments}/scaled/scale?fieldManager=hpa", """{"apiVersion":"autoscaling/v1","kind":"Scale","spec":{"replicas":0}}""", Apply);
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Equal(0, scale.Number("spec", "replicas"));
        var (_, web) = await cluster.Send(HttpMethod.Get, $"{Deployments}/scaled");
        Assert.Equal("scale", Entry(web, "hpa").Text("subresource"));
        (code, var refusal) = await cluster.Send(HttpMethod.Patch, $"{Deployments}/scaled?fieldManager=ci", Yaml("scaled", "i:1", "  replicas: 2"), Apply);
        Assert.Equal((HttpStatusCode.Conflict, "Apply failed with 1 conflict: conflict with \"hpa\" with subresource \"scale\": .spec.replicas"), (code, refusal.Text("message")));
        (code, refusal) = await cluster.Send(HttpMethod.Patch, $"{Deployments}/scaled/scale?fieldManager=hpa", """{"spec":{"replicas":-1}}""", Apply);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, code);
    }

    [Fact]
    public async Task Many_who_apply_at_once_each_get_their_field()
    {
        const string Path = "/api/v1/namespaces/default/configmaps/crowd";
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => cluster.Send(HttpMethod.Patch, $"{Path}?fieldManager=m{i}", $$$"""{"data":{"k{{{i}}}":"{{{i}}}"}}""", Apply)));
        Assert.Single(answers, answer => answer.Code is HttpStatusCode.Created);
        Assert.Equal(39, answers.Count(answer => answer.Code is HttpStatusCode.OK));
        var (_, map) = await cluster.Send(HttpMethod.Get, Path);
        Assert.Equal(40, map.Child("data")!.Count);
        Assert.Equal(40, map.Items("metadata", "managedFields").Count);
    }

    [Fact]
    public async Task Managers_survive_a_restart_and_are_not_in_what_is_kept_for_others()
    {
        await using var own = new Disposable();
        await own.InitializeAsync();
        const string Path = "/api/v1/namespaces/default/configmaps/kept";
        await own.Send(HttpMethod.Patch, $"{Path}?fieldManager=m", """{"data":{"a":"1"}}""", Apply);
        await own.Send(HttpMethod.Patch, $"{Path}?fieldManager=n", """{"data":{"b":"1"}}""", "application/merge-patch+json");
        var (_, before) = await own.Send(HttpMethod.Get, Path);
        await own.Restart();
        var (_, after) = await own.Send(HttpMethod.Get, Path);
        Assert.Equal(before.ToJsonString(), after.ToJsonString());
        Assert.Equal(2, after.Items("metadata", "managedFields").Count);
        var (_, gone) = await own.Send(HttpMethod.Patch, $"{Path}?fieldManager=m", "{}", Apply);
        Assert.Equal("""{"b":"1"}""", gone["data"]!.ToJsonString());
    }

    [Fact]
    public async Task Kubectl_applies_on_the_server_after_it_applied_on_its_own()
    {
        var kubeconfig = Path.Combine(cluster.Options.DataDirectory, "admin.kubeconfig");
        var folder = Directory.CreateTempSubdirectory("actors-apply-");
        try
        {
            var file = Path.Combine(folder.FullName, "web.yaml");
            await File.WriteAllTextAsync(file, Yaml("kubectl", "i:1", "  replicas: 0"));
            Assert.Contains("created", await Kubectl("apply", "-f", file), StringComparison.Ordinal);
            await File.WriteAllTextAsync(file, Yaml("kubectl", "i:2", "  replicas: 0"));
            Assert.Contains("serverside-applied", await Kubectl("apply", "--server-side", "-f", file), StringComparison.Ordinal);
            Assert.Contains("serverside-applied", await Kubectl("apply", "--server-side", "-f", file), StringComparison.Ordinal);
            Assert.Equal("i:2", await Kubectl("get", "deployment", "kubectl", "-o", "jsonpath={.spec.template.spec.containers[0].image}"));
            await Kubectl("label", "deployment", "kubectl", "a=b", "--field-manager=labeller");
            await File.WriteAllTextAsync(file, Yaml("kubectl", "i:2", "  replicas: 0").Replace("name: kubectl", "name: kubectl\n  labels: {a: c}", StringComparison.Ordinal));
            var refused = await ExternalProgram.TryRun("kubectl", ["--kubeconfig", kubeconfig, "apply", "--server-side", "-f", file]);
            Assert.Contains("conflict with \"labeller\"", refused.Error, StringComparison.Ordinal);
            Assert.Contains("--force-conflicts", refused.Error, StringComparison.Ordinal);
            await Kubectl("apply", "--server-side", "--force-conflicts", "-f", file);
            Assert.Equal("c", await Kubectl("get", "deployment", "kubectl", "-o", "jsonpath={.metadata.labels.a}"));
            Assert.Contains("i:3", (await ExternalProgram.TryRun("sh", ["-c", $"sed s/i:2/i:3/ {file} | kubectl --kubeconfig {kubeconfig} diff --server-side -f -"])).Output, StringComparison.Ordinal);

            // And back to the older way, which goes on from where the newer was.
            await File.WriteAllTextAsync(file, Yaml("kubectl", "i:4", "  replicas: 0"));
            Assert.Contains("configured", await Kubectl("apply", "-f", file), StringComparison.Ordinal);
            Assert.Equal("i:4", await Kubectl("get", "deployment", "kubectl", "-o", "jsonpath={.spec.template.spec.containers[0].image}"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        Task<string> Kubectl(params string[] arguments) => ExternalProgram.Run("kubectl", ["--kubeconfig", kubeconfig, .. arguments]);
    }

    private static JsonObject Entry(JsonObject @object, string manager) => @object.Objects("metadata", "managedFields").Single(entry => entry.Text("manager") == manager);

    private static string Yaml(string name, string image, string more = "") => $$$"""
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: {{{name}}}
        spec:
        {{{more}}}
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
              - name: c
                image: {{{image}}}
        """;

    private async Task<(HttpStatusCode Code, string Message)> As(string user, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"{path}?fieldManager=m")
        {
            Content = new StringContent("""{"data":{"a":"1"}}""", null, Apply),
            Headers = { { "Impersonate-User", user } },
        };
        using var answer = await cluster.Http.SendAsync(request);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync()).Text("message"));
    }

    /// <summary>A control plane of this test's own.</summary>
    private sealed class Disposable : ControlPlaneFixture, IAsyncDisposable
    {
        async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();
    }
}
