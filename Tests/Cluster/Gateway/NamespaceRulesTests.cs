using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.CommandLine.Clusters;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>What a namespace asks of what is in it: by a LimitRange, by ResourceQuotas, and by its labels of pod security.</summary>
public sealed class NamespaceRulesTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>
{
    [Fact]
    public async Task Containers_get_the_defaults_of_a_limit_range_and_are_held_to_its_bounds()
    {
        await Made("/api/v1/namespaces", """{ "metadata": { "name": "ranged" } }""");
        await Made("/api/v1/namespaces/ranged/limitranges", """
            { "metadata": { "name": "l" }, "spec": { "limits": [
              { "type": "Container", "default": { "cpu": "500m", "memory": "256Mi" }, "defaultRequest": { "cpu": "100m" }, "min": { "cpu": "50m" }, "max": { "cpu": "1" }, "maxLimitRequestRatio": { "cpu": "5" } },
              { "type": "Pod", "max": { "memory": "1Gi" } },
              { "type": "PersistentVolumeClaim", "min": { "storage": "1Gi" }, "max": { "storage": "2Gi" } } ] } }
            """);
        const string Pods = "/api/v1/namespaces/ranged/pods";
        var plain = await Made(Pods, Pod("plain"));
        Assert.Equal("""{"requests":{"cpu":"100m","memory":"256Mi"},"limits":{"cpu":"500m","memory":"256Mi"}}""", Resources(plain));
        Assert.Equal("LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c", plain.Text("metadata", "annotations", "kubernetes.io/limit-ranger"));
        Assert.Equal("1", (await Made(Pods, Pod("own", """, "resources": { "limits": { "cpu": "1" } }"""))).Objects("spec", "containers").Single().Text("resources", "requests", "cpu"));
        Assert.Contains(
            "[minimum cpu usage per Container is 50m, but request is 20m, cpu max limit to request ratio per Container is 5, but provided ratio is 25.000000]",
            await Refused(Pods, Pod("small", """, "resources": { "requests": { "cpu": "20m" } }""")), StringComparison.Ordinal);
        Assert.Contains("maximum cpu usage per Container is 1, but limit is 2", await Refused(Pods, Pod("large", """, "resources": { "limits": { "cpu": "2" } }""")), StringComparison.Ordinal);
        Assert.Contains("maximum memory usage per Pod is 1Gi, but limit is 2Gi", await Refused(Pods, Pod("fat", """, "resources": { "limits": { "memory": "2Gi" } }""")), StringComparison.Ordinal);
        const string Claims = "/api/v1/namespaces/ranged/persistentvolumeclaims";
        Assert.Contains("maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi", await Refused(Claims, Claim("3Gi")), StringComparison.Ordinal);
        Assert.Contains("minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi", await Refused(Claims, Claim("1Mi")), StringComparison.Ordinal);
        await Made(Claims, Claim("1Gi"));
        await Made("/api/v1/namespaces/default/pods", Pod("elsewhere", """, "resources": { "limits": { "cpu": "2" } }"""));
    }

    [Fact]
    public async Task Pods_are_held_to_the_level_that_is_enforced_and_templates_are_warned_of()
    {
        await Made("/api/v1/namespaces", """{ "metadata": { "name": "safe", "labels": { "pod-security.kubernetes.io/enforce": "baseline", "pod-security.kubernetes.io/warn": "restricted" } } }""");
        const string Pods = "/api/v1/namespaces/safe/pods";
        Assert.Equal(
            """pods "net" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true), privileged (container "c" must not set securityContext.privileged=true)""",
            await Refused(Pods, Pod("net", """, "securityContext": { "privileged": true }""", """, "hostNetwork": true""")));
        var (code, warnings) = await Warned(HttpMethod.Post, Pods, Pod("plain"));
        Assert.Equal(HttpStatusCode.Created, code);
        Assert.Contains("would violate PodSecurity \\\"restricted:latest\\\": allowPrivilegeEscalation != false", warnings, StringComparison.Ordinal);
        (code, warnings) = await Warned(HttpMethod.Post, "/apis/apps/v1/namespaces/safe/deployments", $$"""
            { "metadata": { "name": "d" }, "spec": { "replicas": 0, "selector": { "matchLabels": { "a": "b" } }, "template": { "metadata": { "labels": { "a": "b" } }, "spec": { "hostPID": true, "containers": [ { "name": "c", "image": "i" } ] } } } }
            """);
        Assert.Equal(HttpStatusCode.Created, code);
        Assert.Contains("host namespaces (hostPID=true)", warnings, StringComparison.Ordinal);

        (code, warnings) = await Warned(HttpMethod.Patch, "/api/v1/namespaces/safe", """{ "metadata": { "labels": { "pod-security.kubernetes.io/enforce": "restricted" } } }""", "application/merge-patch+json");
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Contains("existing pods in namespace \\\"safe\\\" violate the new PodSecurity enforce level \\\"restricted:latest\\\"", warnings, StringComparison.Ordinal);
        Assert.Contains("plain: allowPrivilegeEscalation", warnings, StringComparison.Ordinal);
        (code, _) = await Warned(HttpMethod.Patch, "/api/v1/namespaces/safe", """{ "metadata": { "labels": { "pod-security.kubernetes.io/enforce": "odd" } } }""", "application/merge-patch+json");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, code);
    }

    [Fact]
    public async Task Quota_is_held_exactly_by_many_who_write_at_once()
    {
        await Made("/api/v1/namespaces", """{ "metadata": { "name": "held" } }""");
        const string Quotas = "/api/v1/namespaces/held/resourcequotas", Maps = "/api/v1/namespaces/held/configmaps";
        Assert.True(await Waiting.Until(async () => (await Listed(Maps)).Length == 1, TimeSpan.FromSeconds(30), CancellationToken.None)); // kube-root-ca.crt
        var quota = await Made(Quotas, """{ "metadata": { "name": "q" }, "spec": { "hard": { "configmaps": "11", "count/secrets": "5" } } }""");
        Assert.Equal("1", quota.Text("status", "used", "configmaps"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => cluster.Send(HttpMethod.Post, Maps, $$"""{ "metadata": { "name": "m{{i}}" } }""")));
        Assert.Equal(10, answers.Count(answer => answer.Code == HttpStatusCode.Created));
        foreach (var (code, refusal) in answers.Where(answer => answer.Code != HttpStatusCode.Created))
        {
            Assert.Equal(HttpStatusCode.Forbidden, code);
            Assert.EndsWith("is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=11, limited: configmaps=11", refusal.Text("message"), StringComparison.Ordinal);
        }
        Assert.Equal(11, (await Listed(Maps)).Length);

        // A dry run takes nothing, what is deleted is free again, and a write that is refused afterwards gives back what it claimed.
        await cluster.Send(HttpMethod.Delete, $"{Maps}/{(await Listed(Maps)).First(name => name != "kube-root-ca.crt")}");
        Assert.True(await Waiting.Until(async () => (await cluster.Send(HttpMethod.Post, $"{Maps}?dryRun=All", """{ "metadata": { "name": "dry" } }""")).Code == HttpStatusCode.Created, TimeSpan.FromSeconds(30), CancellationToken.None));
        await Made(Maps, """{ "metadata": { "name": "real" } }""");
        await Refused(Maps, """{ "metadata": { "name": "more" } }""");

        // At rest nothing is left of how it came about.
        Assert.True(await Waiting.Until(async () => (await cluster.Send(HttpMethod.Get, $"{Quotas}/q")).Body.Child("status")!.ToJsonString() == """{"hard":{"configmaps":"11","count/secrets":"5"},"used":{"configmaps":"11","count/secrets":"0"}}""", TimeSpan.FromSeconds(30), CancellationToken.None));
    }

    [Fact]
    public async Task Pods_claims_and_services_are_held_to_what_a_quota_leaves_them()
    {
        await Made("/api/v1/namespaces", """{ "metadata": { "name": "tight" } }""");
        const string Pods = "/api/v1/namespaces/tight/pods";
        await Made("/api/v1/namespaces/tight/resourcequotas", """{ "metadata": { "name": "compute" }, "spec": { "hard": { "requests.cpu": "1", "limits.memory": "1Gi", "requests.storage": "5Gi", "services.nodeports": "1" } } }""");
        await Made("/api/v1/namespaces/tight/resourcequotas", """{ "metadata": { "name": "urgent" }, "spec": { "hard": { "pods": "0" }, "scopeSelector": { "matchExpressions": [ { "scopeName": "PriorityClass", "operator": "In", "values": [ "system-node-critical" ] } ] } } }""");
        Assert.Contains("failed quota: compute: must specify limits.memory for: c; requests.cpu for: c", await Refused(Pods, Pod("silent")), StringComparison.Ordinal);
        const string Resources = """, "resources": { "requests": { "cpu": "600m" }, "limits": { "memory": "256Mi" } }""";
        await Made(Pods, Pod("one", Resources));
        Assert.Contains("exceeded quota: compute, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1", await Refused(Pods, Pod("two", Resources)), StringComparison.Ordinal);
        Assert.Contains("exceeded quota: urgent, requested: pods=1, used: pods=0, limited: pods=0", await Refused(Pods, Pod("three", """, "resources": { "requests": { "cpu": "1m" }, "limits": { "memory": "1Mi" } }""", """, "priorityClassName": "system-node-critical" """)), StringComparison.Ordinal);

        // Refused by the second, it has taken nothing from the first.
        await Made(Pods, Pod("rest", """, "resources": { "requests": { "cpu": "400m" }, "limits": { "memory": "768Mi" } }"""));
        Assert.Contains("requested: requests.storage=6Gi", await Refused("/api/v1/namespaces/tight/persistentvolumeclaims", Claim("6Gi")), StringComparison.Ordinal);
        await Made("/api/v1/namespaces/tight/services", """{ "metadata": { "name": "s" }, "spec": { "type": "ClusterIP", "ports": [ { "port": 1, "name": "a" }, { "port": 2, "name": "b" } ] } }""");

        // An update counts with what it takes more.
        var (code, refusal) = await cluster.Send(HttpMethod.Patch, "/api/v1/namespaces/tight/services/s", """{ "spec": { "type": "NodePort" } }""", "application/merge-patch+json");
        Assert.True(code == HttpStatusCode.Forbidden && refusal.Text("message").Contains("requested: services.nodeports=2", StringComparison.Ordinal), refusal.ToJsonString());
        (code, refusal) = await cluster.Send(HttpMethod.Post, "/api/v1/namespaces/tight/resourcequotas", """{ "metadata": { "name": "odd" }, "spec": { "hard": { "cores": "1", "pods": "1500m", "services": "1" }, "scopes": [ "Terminating", "Idle" ] } }""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, code);
        foreach (var cause in (string[])["must be a standard resource for quota", "must be an integer", "unsupported scope applied to resource services", "spec.scopes[1]"]) Assert.Contains(cause, refusal.Text("message"), StringComparison.Ordinal);
    }

    private async Task<string[]> Listed(string path) => [.. (await cluster.Send(HttpMethod.Get, path)).Body.Objects("items").Select(item => item.Text("metadata", "name"))];

    private async Task<JsonObject> Made(string path, string body)
    {
        var (code, answer) = await cluster.Send(HttpMethod.Post, path, body);
        Assert.True(code == HttpStatusCode.Created, answer.ToJsonString());
        return answer;
    }

    private async Task<string> Refused(string path, string body)
    {
        var (code, answer) = await cluster.Send(HttpMethod.Post, path, body);
        Assert.True(code == HttpStatusCode.Forbidden, answer.ToJsonString());
        return answer.Text("message");
    }

    private async Task<(HttpStatusCode Code, string Warnings)> Warned(HttpMethod method, string path, string body, string type = "application/json")
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, type) };
        using var response = await cluster.Http.SendAsync(request);
        return (response.StatusCode, response.Headers.TryGetValues("Warning", out var warnings) ? string.Join('\n', warnings) : "");
    }

    private static string Resources(JsonObject pod)
    {
        var resources = pod.Objects("spec", "containers").Single().Child("resources")!;
        return new JsonObject { ["requests"] = Sorted(resources.Child("requests")!), ["limits"] = Sorted(resources.Child("limits")!) }.ToJsonString();
    }

    private static JsonObject Sorted(JsonObject map) => new(map.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => KeyValuePair.Create(entry.Key, entry.Value?.DeepClone())));

    private static string Pod(string name, string container = "", string spec = "") => $$"""{ "metadata": { "name": "{{name}}" }, "spec": { "containers": [ { "name": "c", "image": "i"{{container}} } ]{{spec}} } }""";

    private static string Claim(string storage) =>
        $$"""{ "metadata": { "name": "claim-{{storage.ToLowerInvariant()}}" }, "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "{{storage}}" } } } }""";
}
