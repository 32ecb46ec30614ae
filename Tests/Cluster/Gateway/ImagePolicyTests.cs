using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlPlane.CommandLine.Clusters;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>Image policies through the API of a whole control plane, and with a registry that has signatures.</summary>
public sealed partial class ImagePolicyTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>
{
    private const string Policies = "/apis/policy.actors.dev/v1/namespaces";
    private const string Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string Example = "examples/image-policy.yaml";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Every row of the table in <c>docs/image-policy.md</c>, with the policies that stand beside it.</summary>
    [Fact]
    public async Task What_the_documentation_says_is_so()
    {
        var document = await File.ReadAllTextAsync(Checkout.Path("docs/image-policy.md"));
        var policies = Files().Matches(document).ToDictionary(file => file.Groups["name"].Value, file => file.Groups["text"].Value);
        policies.Add(Example, await File.ReadAllTextAsync(Checkout.Path(Example)));
        var rows = Rows().Matches(document);
        Assert.InRange(rows.Count, 10, 100);
        Assert.Equal(policies.Keys.Order(), rows.Select(row => row.Groups["policy"].Value).Distinct().Order());
        var names = new Dictionary<string, string>();
        foreach (var (file, text) in policies)
        {
            await Namespace(names[file] = $"documented-{names.Count}");
            await Applied(names[file], text, "application/yaml");
        }
        for (var i = 0; i < rows.Count; i++)
        {
            var (policy, image, comes, told) = (rows[i].Groups["policy"].Value, rows[i].Groups["image"].Value, rows[i].Groups["comes"].Value, rows[i].Groups["told"].Value);
            var (code, body, warnings) = await Pod(names[policy], $"p{i}", image);
            var expected = comes switch { "allowed" => (HttpStatusCode.Created, false), "warned" => (HttpStatusCode.Created, true), _ => (HttpStatusCode.Forbidden, false) };
            Assert.True(expected == (code, warnings.Length > 0), $"{policy} {image}: {code} {warnings} {body.ToJsonString()}");
            Assert.Contains(told, $"{warnings.Replace("\\\"", "\"", StringComparison.Ordinal)}{body.Text("message")}", StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Image_is_used_once_it_is_signed()
    {
        await using var registry = new TestRegistry();
        await registry.Start();
        registry.Gate = registry.Tokens("me", "secret");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await Namespace("signed");
        await Applied("signed", $$"""
            { "apiVersion": "policy.actors.dev/v1", "kind": "ImagePolicy", "metadata": { "name": "signed" }, "spec": { "rules": [
              { "images": ["{{registry.Host}}/team/*"], "signatures": { "keys": [ { "name": "ci", "publicKey": {{JsonValue.Create(key.ExportSubjectPublicKeyInfoPem()).ToJsonString()}} } ], "caBundle": "{{registry.CaBundle}}" } } ] } }
            """);
        var image = $"{registry.Host}/team/app@{Digest}";
        Assert.Contains("give the pod imagePullSecrets with some", (await Pod("signed", "without", image)).Body.Text("message"), StringComparison.Ordinal);

        var login = Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{ "auths": { "{{registry.Host}}": { "username": "me", "password": "secret" } } }"""));
        await Made("/api/v1/namespaces/signed/secrets", $$"""{ "metadata": { "name": "pull" }, "type": "kubernetes.io/dockerconfigjson", "data": { ".dockerconfigjson": "{{login}}" } }""");
        await cluster.Send(HttpMethod.Patch, "/api/v1/namespaces/signed/serviceaccounts/default", """{ "imagePullSecrets": [ { "name": "pull" } ] }""", "application/merge-patch+json");
        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Get, "/api/v1/namespaces/signed/serviceaccounts/default")).Code);
        var (code, body, _) = await Pod("signed", "unsigned", image);
        Assert.Equal((HttpStatusCode.Forbidden, "Forbidden"), (code, body.Text("reason")));
        Assert.Contains($"""ImagePolicy "signed" (spec.rules[0]: {registry.Host}/team/*) requires a signature by key "ci": it has none""", body.Text("message"), StringComparison.Ordinal);
        Assert.Equal("spec.containers[0].image", body.Child("details").Objects("causes").Single().Text("field"));

        registry.Sign("team/app", Digest, key);
        Assert.Equal(HttpStatusCode.Created, (await Pod("signed", "dry", image, "?dryRun=All")).Code);
        Assert.Equal(HttpStatusCode.Created, (await Pod("signed", "app", image)).Code);

        // A pod that is there goes on though its policy has changed.
        await cluster.Send(HttpMethod.Patch, $"{Policies}/signed/imagepolicies/signed", """{ "spec": { "rules": [ { "images": ["registry.example.com/**"] } ] } }""", "application/merge-patch+json");
        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Get, $"{Policies}/signed/imagepolicies/signed")).Code);
        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Patch, "/api/v1/namespaces/signed/pods/app", """{ "metadata": { "labels": { "a": "b" } } }""", "application/merge-patch+json")).Code);
        Assert.Equal(HttpStatusCode.Forbidden, (await Pod("signed", "more", image)).Code);
    }

    [Fact]
    public async Task Workload_is_warned_and_its_status_tells_why_it_has_no_pods()
    {
        await Namespace("warned");
        await Applied("warned", """{ "apiVersion": "policy.actors.dev/v1", "kind": "ImagePolicy", "metadata": { "name": "team" }, "spec": { "rules": [ { "images": ["registry.example.com/**"] } ] } }""");
        var (code, _, warnings) = await Send(HttpMethod.Post, "/apis/apps/v1/namespaces/warned/deployments", """
            { "metadata": { "name": "web" }, "spec": { "replicas": 1, "selector": { "matchLabels": { "a": "b" } }, "template": { "metadata": { "labels": { "a": "b" } }, "spec": { "containers": [ { "name": "c", "image": "nginx" } ] } } } }
            """);
        Assert.Equal(HttpStatusCode.Created, code);
        Assert.Contains("pods of this template would be refused: spec.template.spec.containers[0].image", warnings, StringComparison.Ordinal);
        var told = "";
        Assert.True(await Waiting.Until(async () => (told = string.Concat((await cluster.Send(HttpMethod.Get, "/apis/apps/v1/namespaces/warned/replicasets")).Body.Objects("items")
            .SelectMany(set => set.Objects("status", "conditions")).Where(condition => condition.Text("type") == "ReplicaFailure").Select(condition => condition.Text("message")))).Length > 0, Patience, CancellationToken.None), "the ReplicaSet does not tell of its refused pods");
        Assert.Contains("no rule of ImagePolicy \"team\" names docker.io/library/nginx", told, StringComparison.Ordinal);
        Assert.Empty((await cluster.Send(HttpMethod.Get, "/api/v1/namespaces/warned/pods")).Body.Objects("items"));
    }

    [Fact]
    public async Task Who_administers_a_namespace_writes_policies_and_who_works_in_it_reads_them()
    {
        await Namespace("roles");
        foreach (var role in (string[])["admin", "edit", "view"])
        {
            await Made("/apis/rbac.authorization.k8s.io/v1/namespaces/roles/rolebindings", $$"""
                { "metadata": { "name": "{{role}}" }, "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "{{role}}" }, "subjects": [ { "kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "of-{{role}}" } ] }
                """);
            Assert.True(await Waiting.Until(async () => (await Send(HttpMethod.Get, $"{Policies}/roles/imagepolicies", user: $"of-{role}")).Code == HttpStatusCode.OK, Patience, CancellationToken.None), $"{role} can't read policies");
            const string Policy = """{ "metadata": { "name": "mine" }, "spec": { "rules": [ { "images": ["*"] } ] } }""";
            Assert.Equal(role == "admin" ? HttpStatusCode.Created : HttpStatusCode.Forbidden, (await Send(HttpMethod.Post, $"{Policies}/roles/imagepolicies?dryRun=All", Policy, user: $"of-{role}")).Code);
            Assert.Equal(role == "admin" ? HttpStatusCode.OK : HttpStatusCode.Forbidden, (await Send(HttpMethod.Delete, $"{Policies}/roles/imagepolicies", user: $"of-{role}")).Code);
        }
    }

    [Fact]
    public async Task Policy_is_shown_as_a_table_explained_and_refused_with_paths()
    {
        await Namespace("shown");
        await Applied("shown", """{ "apiVersion": "policy.actors.dev/v1", "kind": "ImagePolicy", "metadata": { "name": "team" }, "spec": { "rules": [ { "images": ["registry.example.com/**", "docker.io/library/*"] }, { "images": ["quay.io/a", "quay.io/b"] } ] } }""");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Policies}/shown/imagepolicies");
        request.Headers.TryAddWithoutValidation("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io");
        using var response = await cluster.Http.SendAsync(request);
        var table = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
        Assert.Equal(["Name", "Enforcement", "Images", "Age"], table.Objects("columnDefinitions").Select(column => column.Text("name")));
        Assert.Equal(["team", "Enforce", "registry.example.com/**,docker.io/library/*,quay.io/a + 1 more..."], table.Objects("rows").Single().Texts("cells").Take(3));

        var schemas = (await cluster.Send(HttpMethod.Get, "/openapi/v3/apis/policy.actors.dev/v1")).Body.Child("components", "schemas")!;
        foreach (var part in (string[])["ImagePolicy", "ImagePolicySpec", "ImageRule", "SignatureDemand", "SignatureKey"])
        {
            var schema = schemas.Child($"dev.actors.policy.v1.{part}");
            Assert.NotEmpty(schema.Text("description"));
            Assert.All(schema.Child("properties")!, field => Assert.NotEmpty(field.Value.Text("description")));
        }
        var (code, refusal) = await cluster.Send(HttpMethod.Post, $"{Policies}/shown/imagepolicies", """{ "metadata": { "name": "odd" }, "spec": { "enforcement": "Deny", "rules": [ { "images": ["nginx"] }, { "images": ["*"], "signatures": { "keys": [ { "name": "ci", "publicKey": "none" } ] } } ] } }""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, code);
        Assert.Equal(["spec.enforcement", "spec.rules[0].images[0]", "spec.rules[1].images[0]", "spec.rules[1].signatures.keys[0].publicKey"], refusal.Child("details").Objects("causes").Select(cause => cause.Text("field")));
    }

    private async Task Namespace(string name) => await Made("/api/v1/namespaces", $$"""{ "metadata": { "name": "{{name}}" } }""");

    private async Task Made(string path, string body, string type = "application/json")
    {
        var (code, answer) = await cluster.Send(HttpMethod.Post, path, body, type);
        Assert.True(code == HttpStatusCode.Created, answer.ToJsonString());
    }

    // What was read is known to whoever admits.
    private async Task Applied(string @namespace, string policy, string type = "application/json")
    {
        await Made($"{Policies}/{@namespace}/imagepolicies", policy, type);
        Assert.NotEmpty((await cluster.Send(HttpMethod.Get, $"{Policies}/{@namespace}/imagepolicies")).Body.Objects("items"));
    }

    private async Task<(HttpStatusCode Code, JsonObject Body, string Warnings)> Pod(string @namespace, string name, string image, string query = "")
    {
        for (var asked = 1; ; asked++)
        {
            var answer = await Send(HttpMethod.Post, $"/api/v1/namespaces/{@namespace}/pods{query}", $$"""{ "metadata": { "name": "{{name}}" }, "spec": { "containers": [ { "name": "c", "image": "{{image}}" } ] } }""");

            // A machine that stood still for longer than registries are waited for is asked again, as the refusal says.
            if (asked == 10 || !answer.Body.Text("message").EndsWith("; try again", StringComparison.Ordinal)) return answer;
        }
    }

    private async Task<(HttpStatusCode Code, JsonObject Body, string Warnings)> Send(HttpMethod method, string path, string? body = null, string? user = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (user is not null) request.Headers.Add("Impersonate-User", user);
        using var response = await cluster.Http.SendAsync(request);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject(), response.Headers.TryGetValues("Warning", out var warnings) ? string.Join('\n', warnings) : "");
    }

    [GeneratedRegex(@"^```yaml (?<name>\S+)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Files();

    [GeneratedRegex(@"^\| `(?<policy>\S+)` \| `(?<image>\S+)` \| (?<comes>allowed|warned|refused)(?:: `(?<told>[^`]+)`)? \|$", RegexOptions.Multiline)]
    private static partial Regex Rows();
}
