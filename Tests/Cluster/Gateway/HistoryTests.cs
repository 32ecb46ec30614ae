using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.CommandLine;
using ControlPlane.CommandLine.Clusters;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>Who wrote what, when: history.actors.dev, and the verbs of the command line that use it.</summary>
public sealed class HistoryTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private const string History = "/apis/history.actors.dev/v1/namespaces/default/history";

    [Fact]
    public async Task Every_version_of_an_object_is_shown_also_after_its_end()
    {
        await Send(HttpMethod.Post, $"{Maps}?fieldManager=me", """{ "metadata": { "name": "m" }, "data": { "a": "1" } }""");
        await Send(HttpMethod.Patch, $"{Maps}/m?fieldManager=other", """{ "data": { "a": "2", "b": "3" } }""", "application/merge-patch+json");
        await Send(HttpMethod.Delete, $"{Maps}/m");
        var versions = await Versions("configmaps", "m");
        Assert.Equal(["create/me/False", "patch/other/False", "delete//True"], versions.Select(version => $"{version.Text("verb")}/{version.Text("manager")}/{version.Flag("deleted")}"));
        Assert.All(versions, version => Assert.Equal("kubernetes-admin", version.Text("user")));
        Assert.Equal("""[{"field":"data.a","before":"1","after":"2"},{"field":"data.b","after":"3"}]""", versions[1]["changes"]!.ToJsonString());
        Assert.False(versions[1].Has("version"));
        var first = await Send(HttpMethod.Get, $"{History}/{versions[0].Text("metadata", "name")}");
        Assert.Equal("1", first.Text("version", "data", "a"));
        Assert.Equal("v1/ConfigMap", $"{first.Text("object", "apiVersion")}/{first.Text("object", "kind")}");
        foreach (var unknown in new[] { "configmaps:m:999999", "configmaps:other:1", "m" }) Assert.Equal(HttpStatusCode.NotFound, (await cluster.Send(HttpMethod.Get, $"{History}/{unknown}")).Code);

        // In a list of all it has its place, in the order of time.
        var all = (await Send(HttpMethod.Get, History)).Objects("items").ToArray();
        Assert.Equal(all.Select(version => version.Number("revision")).Order(), all.Select(version => version.Number("revision")));
        Assert.Equal(3, all.Count(version => version.Text("object", "name") == "m"));
        Assert.Equal(2, (await Send(HttpMethod.Get, $"{History}?fieldSelector=object.name%3Dm,verb%21%3Ddelete")).Objects("items").Count());
        Assert.Contains((await Send(HttpMethod.Get, "/apis/history.actors.dev/v1/history")).Objects("items"), version => version.Text("metadata", "namespace") == "kube-system");
        Assert.Contains((await Send(HttpMethod.Get, "/apis/history.actors.dev/v1/clusterhistory?fieldSelector=object.resource%3Dnamespaces")).Objects("items"), version => version.Text("object", "name") == "default");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await cluster.Send(HttpMethod.Delete, $"{History}/{versions[0].Text("metadata", "name")}")).Code);
    }

    [Fact]
    public async Task Who_may_not_read_an_object_sees_nothing_of_its_history()
    {
        const string Secrets = "/api/v1/namespaces/default/secrets";
        await Send(HttpMethod.Post, Secrets, """{ "metadata": { "name": "s" }, "stringData": { "password": "swordfish" } }""");
        await Send(HttpMethod.Patch, $"{Secrets}/s", """{ "stringData": { "password": "other" } }""", "application/merge-patch+json");
        await Send(HttpMethod.Post, Maps, """{ "metadata": { "name": "seen" } }""");
        await Send(HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles", """
            { "metadata": { "name": "historian" }, "rules": [ { "apiGroups": ["history.actors.dev"], "resources": ["history"], "verbs": ["get", "list"] }, { "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"] } ] }
            """);
        Assert.Equal(HttpStatusCode.Forbidden, (await As("reader", History)).Code);
        await Send(HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings", """
            { "metadata": { "name": "historian" }, "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "historian" }, "subjects": [ { "kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "reader" } ] }
            """);
        Assert.True(await Waiting.Until(async () => (await As("reader", History)).Code == HttpStatusCode.OK, TimeSpan.FromSeconds(30), CancellationToken.None));
        var seen = (await As("reader", History)).Body.Objects("items").Select(version => version.Text("object", "resource")).Distinct();
        Assert.Equal(["configmaps"], seen);
        var secret = (await Versions("secrets", "s"))[1];
        Assert.Equal(HttpStatusCode.NotFound, (await As("reader", $"{History}/{secret.Text("metadata", "name")}")).Code);

        // A list tells nobody what is in a Secret; who may read it may ask for the version.
        Assert.Equal("""[{"field":"data.password"}]""", secret["changes"]!.ToJsonString());
        Assert.Equal(Convert.ToBase64String(Encoding.UTF8.GetBytes("other")), (await Send(HttpMethod.Get, $"{History}/{secret.Text("metadata", "name")}")).Text("version", "data", "password"));
    }

    [Fact]
    public async Task Object_goes_back_to_an_earlier_version_whether_it_is_there_or_not()
    {
        const string Deployments = "/apis/apps/v1/namespaces/default/deployments";
        await Send(HttpMethod.Post, Deployments, """
            { "metadata": { "name": "web", "labels": { "tier": "front" } }, "spec": { "replicas": 0, "selector": { "matchLabels": { "app": "web" } }, "template": { "metadata": { "labels": { "app": "web" } }, "spec": { "containers": [ { "name": "c", "image": "good:1" } ] } } } }
            """);
        var good = (await Versions("deployments.apps", "web"))[0].Number("revision")!.Value;
        await Send(HttpMethod.Patch, $"{Deployments}/web", """{ "metadata": { "labels": { "tier": "back" } }, "spec": { "template": { "spec": { "containers": [ { "name": "c", "image": "bad:2" } ] } } } }""", "application/strategic-merge-patch+json");
        Assert.Equal(0, await Actors("history", "deploy/web"));
        Assert.Equal(0, await Actors("restore", "deployment/web", "--to", $"{good}"));
        Assert.Equal("good:1/front", Shown(await Send(HttpMethod.Get, $"{Deployments}/web")));

        // Gone with what hung on it, it is made anew.
        await Send(HttpMethod.Delete, $"{Deployments}/web");
        Assert.True(await Waiting.Until(async () => (await cluster.Send(HttpMethod.Get, $"{Deployments}/web")).Code == HttpStatusCode.NotFound, TimeSpan.FromSeconds(30), CancellationToken.None));
        Assert.Equal(0, await Actors("restore", "deployments.apps/web", "--to", $"{good}"));
        Assert.Equal("good:1/front", Shown(await Send(HttpMethod.Get, $"{Deployments}/web")));
        foreach (var wrong in (string[][])[["history", "deployment/none"], ["history", "thing/web"], ["history", "web"], ["restore", "deployment/web", "--to", "999999"], ["restore", "no-such-file"]]) Assert.Equal(1, await Actors(wrong));
    }

    private static string Shown(JsonObject deployment) => $"{deployment.Objects("spec", "template", "spec", "containers").Single().Text("image")}/{deployment.Text("metadata", "labels", "tier")}";

    private Task<int> Actors(params string[] arguments) => ActorsCommand.Run([.. arguments, "--data", cluster.Options.DataDirectory]);

    private async Task<JsonObject[]> Versions(string resource, string name) =>
        [.. (await Send(HttpMethod.Get, $"{History}?fieldSelector={Uri.EscapeDataString($"object.resource={resource},object.name={name}")}")).Objects("items")];

    private async Task<JsonObject> Send(HttpMethod method, string path, string? body = null, string type = "application/json")
    {
        var (code, answer) = await cluster.Send(method, path, body, type);
        Assert.True((int)code < 300, $"{method} {path}: {answer.ToJsonString()}");
        return answer;
    }

    private async Task<(HttpStatusCode Code, JsonObject Body)> As(string user, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Impersonate-User", user);
        using var response = await cluster.Http.SendAsync(request);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject());
    }
}
