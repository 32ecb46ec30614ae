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
    private readonly Stack<string> _made = [];

    private WatchCache Cache => cluster.Host.Services.GetRequiredService<ObjectServices>().Cache;

    public Task InitializeAsync() => _server.Start();

    public async Task DisposeAsync()
    {
        // What might be in the way of the others first.
        foreach (var path in _made.OrderBy(path => !path.StartsWith(Configurations, StringComparison.Ordinal))) await cluster.Send(HttpMethod.Delete, path);
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
        _made.Push("/apis/apps/v1/namespaces/default/deployments/d");
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

    [Fact]
    public async Task Webhook_that_does_not_answer_in_its_time_refuses_the_write_or_is_passed_over()
    {
        _server.Answer("silent", _ => new TaskCompletionSource<JsonObject>().Task);
        foreach (var (policy, group) in new[] { ("Fail", "silent-fail"), ("Ignore", "silent-ignore") })
        {
            await Configure("validating", "silent", MapRule, $$"""{{ObjectsWith(group)}}, "timeoutSeconds": 1, "failurePolicy": "{{policy}}" """, name: group);
        }
        var (code, refusal) = await cluster.Send(HttpMethod.Post, Maps, Map("late", "silent-fail"));
        Assert.Equal(HttpStatusCode.InternalServerError, code);
        Assert.Equal($"Internal error occurred: failed calling webhook \"silent.example.com\": failed to call webhook: Post \"{_server.Url("silent")}?timeout=1s\": context deadline exceeded", refusal.Text("message"));
        Assert.Null(Cache.Get(new("", "configmaps", "default", "late")));
        await Made(Maps, Map("passed", "silent-ignore"));
        _made.Push($"{Maps}/passed");
    }

    [Theory]
    [InlineData("wrong", "tls: failed to verify certificate: ")]
    [InlineData("none", "tls: failed to verify certificate: ")]
    [InlineData("Cg==", "unable to load root certificates: unable to parse bytes as PEM block")]
    public async Task Webhook_that_is_not_who_it_should_be_is_told_nothing(string bundle, string why)
    {
        _server.Answer("impostor", _ => WebhookServer.Allow());
        var authorities = bundle == "none" ? "" : $""", "caBundle": "{(bundle == "wrong" ? ServerAuthority.OtherBundle() : bundle)}" """;
        await Configure("validating", "impostor", MapRule, ObjectsWith("impostor"), $$"""{ "url": "{{_server.Url("impostor")}}"{{authorities}} }""");
        var (code, refusal) = await cluster.Send(HttpMethod.Post, Maps, Map("m", "impostor"));
        Assert.Equal(HttpStatusCode.InternalServerError, code);
        Assert.Contains($"failed calling webhook \"impostor.example.com\": failed to call webhook: Post \"{_server.Url("impostor")}?timeout=10s\": {why}", refusal.Text("message"), StringComparison.Ordinal);
        Assert.Empty(_server.Asked);
    }

    [Fact]
    public async Task Webhook_that_went_away_is_asked_again_when_it_is_back()
    {
        _server.Answer("away", _ => WebhookServer.Allow());
        await Configure("validating", "away", MapRule, ObjectsWith("away"));
        await Made(Maps, Map("before", "away"));
        await _server.Stop();
        var (code, refusal) = await cluster.Send(HttpMethod.Post, Maps, Map("between", "away"));
        Assert.Equal(HttpStatusCode.InternalServerError, code);
        Assert.EndsWith("connect: connection refused", refusal.Text("message"), StringComparison.Ordinal);
        await _server.Start();
        await Made(Maps, Map("after", "away"));

        // What it can't answer is a failure, too.
        _server.Answer("away", _ => new() { ["fail"] = 503 });
        (_, refusal) = await cluster.Send(HttpMethod.Post, Maps, Map("broken", "away"));
        Assert.EndsWith("failed to call webhook: an error on the server (\"broken\") has prevented the request from succeeding", refusal.Text("message"), StringComparison.Ordinal);
        _server.Answer("away", _ => new() { ["long"] = 9 * 1024 * 1024 });
        (_, refusal) = await cluster.Send(HttpMethod.Post, Maps, Map("endless", "away"));
        Assert.EndsWith("failed to call webhook: the response is longer than 8388608 bytes", refusal.Text("message"), StringComparison.Ordinal);
        foreach (var name in new[] { "before", "after" }) await cluster.Send(HttpMethod.Delete, $"{Maps}/{name}");
    }

    [Fact]
    public async Task Dry_run_is_shown_as_one_and_stores_nothing()
    {
        _server.Answer("dry", _ => WebhookServer.Patch("""[{ "op": "add", "path": "/data", "value": { "from": "hook" } }]"""));
        await Configure("mutating", "dry", MapRule, $"""{ObjectsWith("dry")}, "sideEffects": "NoneOnDryRun" """);
        var (code, tried) = await cluster.Send(HttpMethod.Post, $"{Maps}?dryRun=All", Map("tried", "dry"));
        Assert.Equal((HttpStatusCode.Created, "hook"), (code, tried.Text("data", "from")));
        Assert.True(_server.To("dry").Single().Flag("dryRun"));
        Assert.Equal(HttpStatusCode.NotFound, (await cluster.Send(HttpMethod.Get, $"{Maps}/tried")).Code);
    }

    [Fact]
    public async Task While_a_webhook_thinks_about_one_object_all_others_are_written()
    {
        var (thinks, asked) = (new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _server.Answer("slow", request =>
        {
            if (request.Text("name") != "slow") return Task.FromResult(WebhookServer.Allow());
            asked.TrySetResult();
            return thinks.Task;
        });

        // Longer than a client waits for the control plane's own steps.
        await Configure("validating", "slow", MapRule, $"""{ObjectsWith("slow")}, "timeoutSeconds": 30 """);
        var slow = cluster.Send(HttpMethod.Post, Maps, Map("slow", "slow"));
        await asked.Task.WaitAsync(Patience);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Made(Maps, Map($"fast-{i}", "slow"))));
        Assert.False(slow.IsCompleted);
        thinks.SetResult(WebhookServer.Allow());
        Assert.Equal(HttpStatusCode.Created, (await slow).Code);
        Assert.Single(_server.To("slow"), request => request.Text("name") == "slow");
    }

    [Fact]
    public async Task Webhook_behind_a_service_is_reached_by_its_name_at_a_ready_endpoint()
    {
        _server.Answer("behind", _ => WebhookServer.Patch("""[{ "op": "add", "path": "/data", "value": { "from": "service" } }]"""));
        await Configure("mutating", "behind", MapRule, ObjectsWith("behind"), $$"""{ "service": { "namespace": "default", "name": "guard", "path": "/behind", "port": 8443 }, "caBundle": "{{_server.CaBundle}}" }""");
        Task<(HttpStatusCode Code, JsonObject Body)> Write() => cluster.Send(HttpMethod.Post, Maps, Map("m", "behind"));
        async Task Fails(string why) => Assert.EndsWith($"Post \"https://guard.default.svc:8443/behind?timeout=10s\": {why}", (await Write()).Body.Text("message"), StringComparison.Ordinal);
        await Fails("service \"guard\" not found");
        await Made("/api/v1/namespaces/default/services", """{ "metadata": { "name": "guard" }, "spec": { "ports": [ { "name": "hooks", "port": 8443 } ] } }""");
        _made.Push("/api/v1/namespaces/default/services/guard");
        await Fails("no endpoints available for service \"guard\"");
        await Made("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", $$"""
            { "metadata": { "name": "guard", "labels": { "kubernetes.io/service-name": "guard" } }, "addressType": "IPv4", "ports": [ { "name": "hooks", "port": {{_server.Port}}, "protocol": "TCP" } ],
              "endpoints": [ { "addresses": ["192.0.2.1"], "conditions": { "ready": false } }, { "addresses": ["127.0.0.1"] } ] }
            """);
        _made.Push("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/guard");
        var (code, made) = await Write();
        Assert.True(code == HttpStatusCode.Created, made.ToJsonString());
        Assert.Equal("service", made.Text("data", "from"));
        await cluster.Send(HttpMethod.Delete, $"{Maps}/m");
    }

    [Fact]
    public async Task Cluster_brings_a_webhook_back_that_is_asked_about_everything_and_is_gone()
    {
        const string Deployments = "/apis/apps/v1/namespaces/default/deployments", Labels = """{ "app": "warden" }""";
        await Made("/api/v1/namespaces/default/services", $$"""{ "metadata": { "name": "warden" }, "spec": { "selector": {{Labels}}, "ports": [ { "port": 443 } ] } }""");
        _made.Push("/api/v1/namespaces/default/services/warden");
        await Made(Deployments, Set("warden", Labels));
        await Until(() => Live("warden").Length == 1, "the webhook's pod");
        await Configure("validating", "warden", """{ "operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*/*"] }""", client: $$"""{ "service": { "namespace": "default", "name": "warden" } }""");
        Assert.Contains("no endpoints available for service \"warden\"", (await cluster.Send(HttpMethod.Post, Maps, Map("m", "any"))).Body.Text("message"), StringComparison.Ordinal);

        // Its pod is lost, and another takes its place; it may be given another form, too.
        var lost = Live("warden").Single();
        await cluster.Send(HttpMethod.Delete, $"{Pods}/{lost.Key.Name}?gracePeriodSeconds=0");
        await Until(() => Live("warden") is [var next] && next.Uid != lost.Uid, "another pod in place of the lost one");
        var (code, body) = await cluster.Send(HttpMethod.Patch, $"{Deployments}/warden", """{ "spec": { "template": { "spec": { "containers": [ { "name": "c", "image": "better" } ] } } } }""", "application/strategic-merge-patch+json");
        Assert.True(code == HttpStatusCode.OK, body.ToJsonString());
        await Until(() => Live("warden").Any(pod => pod.ToJsonObject().Objects("spec", "containers").Single().Text("image") == "better"), "a pod of the new form");

        // And who has had enough of it can always take it away.
        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Delete, $"{Configurations}/validatingwebhookconfigurations/warden")).Code);
        await Made(Maps, Map("m-after", "any"));
        await cluster.Send(HttpMethod.Delete, $"{Deployments}/warden");
    }

    private StoredObject[] Live(string app) => [.. Cache.List(new("", "pods"), "default").Where(pod => pod.Header.DeletionTimestamp is null && pod.Header.Labels.GetValueOrDefault("app") == app)];

    private const string MapRule = """{ "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"] }""";

    private static string Set(string name, string labels) =>
        $$"""{ "metadata": { "name": "{{name}}" }, "spec": { "replicas": 1, "selector": { "matchLabels": {{labels}} }, "template": { "metadata": { "labels": {{labels}} }, "spec": { "containers": [ { "name": "c", "image": "i" } ] } } } }""";

    private static string ObjectsWith(string group) => $$$""", "objectSelector": { "matchLabels": { "group": "{{{group}}}" } }""";

    private static string Map(string name, string group) => $$$"""{ "metadata": { "name": "{{{name}}}", "labels": { "group": "{{{group}}}" } } }""";

    private static string Pod(string name, string group) => $$$"""{ "metadata": { "name": "{{{name}}}", "labels": { "group": "{{{group}}}" } }, "spec": { "containers": [ { "name": "c", "image": "i" } ] } }""";

    /// <summary>Makes a configuration with one webhook, PATH.example.com.</summary>
    private async Task Configure(string type, string path, string rule, string more = "", string? client = null, string? name = null)
    {
        var effects = more.Contains("sideEffects", StringComparison.Ordinal) ? "" : """, "sideEffects": "None" """;
        await Made($"{Configurations}/{type}webhookconfigurations", $$"""
            { "metadata": { "name": "{{name ?? path}}" }, "webhooks": [ {
              "name": "{{path}}.example.com", "clientConfig": {{client ?? $$"""{ "url": "{{_server.Url(path)}}", "caBundle": "{{_server.CaBundle}}" }"""}},
              "rules": [ {{rule}} ]{{effects}}, "admissionReviewVersions": ["v1"]{{more}} } ] }
            """);
        _made.Push($"{Configurations}/{type}webhookconfigurations/{name ?? path}");
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
