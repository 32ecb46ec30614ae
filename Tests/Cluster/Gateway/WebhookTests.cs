using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.CommandLine.Clusters;
using ControlPlane.Entities;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>Webhooks that are real servers, asked by a whole control plane about what clients and controllers write.</summary>
public sealed class WebhookTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>, IAsyncLifetime
{
    private const string Configurations = "/apis/admissionregistration.k8s.io/v1";
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private const string Pods = "/api/v1/namespaces/default/pods";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly WebhookServer _server = new("guard.default.svc");
    private readonly List<string> _made = [];

    private WatchCache Cache => cluster.Host.Services.GetRequiredService<ObjectServices>().Cache;

    public Task InitializeAsync() => _server.Start();

    public async Task DisposeAsync()
    {
        foreach (var path in _made) await cluster.Send(HttpMethod.Delete, path);
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Pod_is_what_a_webhook_made_of_it_whoever_creates_it()
    {
        _server.Answer("mutate", request => WebhookServer.Patch("""[{ "op": "add", "path": "/metadata/annotations", "value": { "hook": "was here" } }, { "op": "add", "path": "/spec/containers/-", "value": { "name": "sidecar", "image": "s" } }]"""));
        await Configure("mutating", "mutate", """{ "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"] }""", ObjectsWith("mutated"));
        var pod = await Made(Pods, Pod("alone", "mutated"));
        Assert.Equal("was here", pod.Text("metadata", "annotations", "hook"));
        var sidecar = pod.Objects("spec", "containers").Last();

        // What the webhook did not say has its defaults, and the steps before have seen the container, too.
        Assert.Equal("File", sidecar.Text("terminationMessagePolicy"));
        Assert.Equal("/var/run/secrets/kubernetes.io/serviceaccount", sidecar.Objects("volumeMounts").Single().Text("mountPath"));

        await Made("/apis/apps/v1/namespaces/default/deployments", """
            { "metadata": { "name": "d" }, "spec": { "replicas": 2, "selector": { "matchLabels": { "group": "mutated" } }, "template": { "metadata": { "labels": { "group": "mutated" } }, "spec": { "containers": [ { "name": "c", "image": "i" } ] } } } }
            """);
        _made.Add("/apis/apps/v1/namespaces/default/deployments/d");
        StoredObject[] Born() => [.. Cache.List(new("", "pods"), "default").Where(found => found.Header is { Controller: not null } header && header.Labels.GetValueOrDefault("group") == "mutated")];
        await Until(() => Born().Length == 2, "two pods of the Deployment");
        Assert.All(Born(), born => Assert.Equal("was here", born.ToJsonObject().Text("metadata", "annotations", "hook")));

        var asked = _server.To("mutate");
        Assert.Equal("system:replicaset-controller", asked.Last().Text("userInfo", "username"));
        var first = asked[0];
        Assert.Equal(("CREATE", "alone", "default", "CreateOptions", "Pod", "pods"), (first.Text("operation"), first.Text("name"), first.Text("namespace"), first.Text("options", "kind"), first.Text("kind", "kind"), first.Text("requestResource", "resource")));
        Assert.Equal(("v1", "Pod", "File"), (first.Text("object", "apiVersion"), first.Text("object", "kind"), first.Objects("object", "spec", "containers").Single().Text("terminationMessagePolicy")));
        Assert.True(first.ContainsKey("oldObject") && first["oldObject"] is null);
    }

    [Fact]
    public async Task Write_is_denied_with_the_message_the_code_and_the_reason_of_the_webhook()
    {
        _server.Answer("deny", request => request.Text("name") switch
        {
            "plain" => new() { ["allowed"] = false },
            "said" => new() { ["allowed"] = false, ["status"] = new JsonObject { ["message"] = "not on fridays", ["code"] = 403, ["reason"] = "Forbidden" } },
            _ => new() { ["allowed"] = true, ["warnings"] = new JsonArray("that name is odd") },
        });
        await Configure("validating", "deny", """{ "operations": ["CREATE", "DELETE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"] }""", ObjectsWith("denied"));
        var (code, refusal) = await cluster.Send(HttpMethod.Post, Maps, Map("plain", "denied"));
        Assert.Equal((HttpStatusCode.BadRequest, "admission webhook \"deny.example.com\" denied the request without explanation"), (code, refusal.Text("message")));
        (code, refusal) = await cluster.Send(HttpMethod.Post, Maps, Map("said", "denied"));
        Assert.Equal((HttpStatusCode.Forbidden, "Forbidden", "admission webhook \"deny.example.com\" denied the request: not on fridays"), (code, refusal.Text("reason"), refusal.Text("message")));

        using var request = new HttpRequestMessage(HttpMethod.Post, Maps) { Content = new StringContent(Map("odd", "denied"), Encoding.UTF8, "application/json") };
        using var response = await cluster.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("299 - \"that name is odd\"", string.Join(", ", response.Headers.GetValues("Warning")));

        await cluster.Send(HttpMethod.Delete, $"{Maps}/odd?gracePeriodSeconds=0");
        var deleted = _server.To("deny").Last();
        Assert.Equal(("DELETE", "DeleteOptions", "odd"), (deleted.Text("operation"), deleted.Text("options", "kind"), deleted.Text("oldObject", "metadata", "name")));
        Assert.Null(deleted["object"]);
    }

    private static string ObjectsWith(string group) => $$$""", "objectSelector": { "matchLabels": { "group": "{{{group}}}" } }""";

    private static string Map(string name, string group) => $$$"""{ "metadata": { "name": "{{{name}}}", "labels": { "group": "{{{group}}}" } } }""";

    private static string Pod(string name, string group) => $$$"""{ "metadata": { "name": "{{{name}}}", "labels": { "group": "{{{group}}}" } }, "spec": { "containers": [ { "name": "c", "image": "i" } ] } }""";

    /// <summary>Makes a configuration with one webhook, PATH.example.com.</summary>
    private async Task Configure(string type, string path, string rule, string more = "", string? client = null)
    {
        await Made($"{Configurations}/{type}webhookconfigurations", $$"""
            { "metadata": { "name": "{{path}}" }, "webhooks": [ {
              "name": "{{path}}.example.com", "clientConfig": {{client ?? $$"""{ "url": "{{_server.Url(path)}}", "caBundle": "{{_server.CaBundle}}" }"""}},
              "rules": [ {{rule}} ], "sideEffects": "None", "admissionReviewVersions": ["v1"]{{more}} } ] }
            """);
        _made.Add($"{Configurations}/{type}webhookconfigurations/{path}");
    }

    private async Task<JsonObject> Made(string path, string body)
    {
        var (code, made) = await cluster.Send(HttpMethod.Post, path, body);
        Assert.True(code == HttpStatusCode.Created, made.ToJsonString());
        return made;
    }

    private static async Task Until(Func<bool> condition, string phase) =>
        Assert.True(await Waiting.Until(() => Task.FromResult(condition()), Patience, CancellationToken.None), $"waited in vain for {phase}");
}
