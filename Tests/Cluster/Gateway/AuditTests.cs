using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Audit;
using ControlPlane.CommandLine.Clusters;
using ControlPlane.Hosting;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>What is written down of requests.</summary>
public sealed class AuditTests(AuditTests.Audited cluster) : IClassFixture<AuditTests.Audited>
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    [Fact]
    public async Task Requests_are_written_down_with_what_was_sent_and_answered()
    {
        await cluster.Send(HttpMethod.Post, Maps, """{ "metadata": { "name": "written" }, "data": { "a": "1" } }""");
        await cluster.Send(HttpMethod.Patch, $"{Maps}/written", """{ "data": { "a": "2" } }""", "application/merge-patch+json");
        await cluster.Send(HttpMethod.Get, $"{Maps}/unwritten");
        var created = await Written(entry => entry.Text("verb") == "create" && entry.Text("objectRef", "resource") == "configmaps" && entry.Text("stage") == "ResponseComplete");
        Assert.Equal(("RequestResponse", "kubernetes-admin", 201), (created.Text("level"), created.Text("user", "username"), (int)created.Child("responseStatus")!["code"]!));
        Assert.Equal("written", created.Text("requestObject", "metadata", "name"));
        Assert.NotEmpty(created.Text("responseObject", "metadata", "uid"));
        Assert.Equal(("allow", Maps), (created.Text("annotations", "authorization.k8s.io/decision"), created.Text("requestURI")));
        Assert.Equal("127.0.0.1", created["sourceIPs"]![0].TextOf());
        var patched = await Written(entry => entry.Text("verb") == "patch" && entry.Text("stage") == "ResponseComplete");
        Assert.Equal("2", patched.Text("requestObject", "data", "a"));
        Assert.Equal(("written", "v1"), (patched.Text("objectRef", "name"), patched.Text("objectRef", "apiVersion")));
        Assert.Contains((await Lines()), entry => entry.Text("auditID") == patched.Text("auditID") && entry.Text("stage") == "RequestReceived");
        var missing = await Written(entry => entry.Text("objectRef", "name") == "unwritten" && entry.Text("stage") == "ResponseComplete");
        Assert.Equal((404, "NotFound"), ((int)missing.Child("responseStatus")!["code"]!, missing.Text("responseStatus", "reason")));
    }

    [Fact]
    public async Task Nothing_of_secrets_and_tokens_is_written_down_but_who_asked_for_what()
    {
        await cluster.Send(HttpMethod.Post, "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies", """
            { "metadata": { "name": "curious" }, "spec": { "matchConstraints": { "resourceRules": [{ "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["secrets"] }] },
              "auditAnnotations": [{ "key": "password", "valueExpression": "has(object.data) && 'password' in object.data ? string(object.data.password) : ''" }] } }
            """);
        await cluster.Send(HttpMethod.Post, "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings", """{ "metadata": { "name": "curious" }, "spec": { "policyName": "curious", "validationActions": ["Audit"] } }""");
        await cluster.Send(HttpMethod.Post, "/api/v1/namespaces/default/secrets", """{ "metadata": { "name": "s" }, "stringData": { "password": "swordfish" } }""");
        await cluster.Send(HttpMethod.Get, "/api/v1/namespaces/default/secrets/s");
        var (code, token) = await cluster.Send(HttpMethod.Post, "/api/v1/namespaces/default/serviceaccounts/default/token", """{ "spec": {} }""");
        Assert.Equal(HttpStatusCode.Created, code);
        await Written(entry => entry.Text("objectRef", "subresource") == "token" && entry.Text("stage") == "ResponseComplete");
        Assert.Equal("Metadata", (await Written(entry => entry.Text("objectRef", "resource") == "secrets" && entry.Text("verb") == "get")).Text("level"));
        Assert.Equal("annotations: they may tell of a Secret", (await Written(entry => entry.Text("objectRef", "resource") == "secrets" && entry.Text("verb") == "create" && entry.Text("stage") == "ResponseComplete")).Text("annotations", "audit.actors.io/left-out"));
        var all = await File.ReadAllTextAsync(cluster.Log);
        foreach (var secret in new[] { "swordfish", Convert.ToBase64String("swordfish"u8), token.Text("status", "token"), cluster.Host.Pki.AdministratorToken }) Assert.DoesNotContain(secret, all, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(cluster.Log));
    }

    [Fact]
    public async Task Refusals_watches_and_acting_as_another_are_told()
    {
        using var forbidden = new HttpRequestMessage(HttpMethod.Get, $"{Maps}/mine");
        forbidden.Headers.Add("Impersonate-User", "jane");
        forbidden.Headers.Add("Audit-ID", "given-42");
        using var refused = await cluster.Http.SendAsync(forbidden);
        Assert.Equal((HttpStatusCode.Forbidden, "given-42"), (refused.StatusCode, refused.Headers.GetValues("Audit-ID").Single()));
        var told = await Written(entry => entry.Text("auditID") == "given-42" && entry.Text("stage") == "ResponseComplete");
        Assert.Equal(("kubernetes-admin", "jane", "forbid", 403), (told.Text("user", "username"), told.Text("impersonatedUser", "username"), told.Text("annotations", "authorization.k8s.io/decision"), (int)told.Child("responseStatus")!["code"]!));

        using var nobody = cluster.NewClient();
        using var unknown = new HttpRequestMessage(HttpMethod.Get, $"{Maps}/nobody");
        unknown.Headers.TryAddWithoutValidation("Authorization", "Bearer wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.SendAsync(unknown)).StatusCode);
        Assert.Equal(401, (int)(await Written(entry => entry.Text("objectRef", "name") == "nobody" && entry.Text("stage") == "ResponseComplete")).Child("responseStatus")!["code"]!);

        // Also where an answer would be told of at its beginning.
        using var log = new HttpRequestMessage(HttpMethod.Get, "/api/v1/namespaces/default/pods/nobody/log");
        log.Headers.TryAddWithoutValidation("Authorization", "Bearer wrong");
        using var answered = await nobody.SendAsync(log);
        Assert.Equal((HttpStatusCode.Unauthorized, true), (answered.StatusCode, (await answered.Content.ReadAsStringAsync()).Contains("Unauthorized", StringComparison.Ordinal)));
        Assert.Equal(401, (int)(await Written(entry => entry.Text("objectRef", "subresource") == "log" && entry.Text("stage") == "ResponseComplete")).Child("responseStatus")!["code"]!);

        await cluster.Http.GetStringAsync(new Uri($"{Maps}?watch=1&timeoutSeconds=1", UriKind.Relative));
        var watch = await Written(entry => entry.Text("verb") == "watch" && entry.Text("stage") == "ResponseComplete");
        Assert.Contains(await Lines(), entry => entry.Text("auditID") == watch.Text("auditID") && entry.Text("stage") == "ResponseStarted");
        Assert.DoesNotContain(await Lines(), entry => entry.Text("requestURI").StartsWith("/readyz", StringComparison.Ordinal));
    }

    /// <summary>Upstream's keys: what tools that read audit logs look for.</summary>
    [Fact]
    public async Task What_admission_has_to_say_is_written_down_of_what_was_admitted_and_of_what_was_refused()
    {
        await cluster.Send(HttpMethod.Post, "/api/v1/namespaces", """{ "metadata": { "name": "held", "labels": { "pod-security.kubernetes.io/enforce": "baseline", "pod-security.kubernetes.io/audit": "restricted" } } }""");
        await cluster.Send(HttpMethod.Post, "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies", """
            { "metadata": { "name": "named" }, "spec": { "matchConstraints": { "resourceRules": [{ "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"] }] },
              "validations": [{ "expression": "object.metadata.name != 'odd'", "message": "an odd name" }], "auditAnnotations": [{ "key": "images", "valueExpression": "object.spec.containers.map(c, c.image).join(', ')" }] } }
            """);
        await cluster.Send(HttpMethod.Post, "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings", """
            { "metadata": { "name": "named" }, "spec": { "policyName": "named", "validationActions": ["Audit"], "matchResources": { "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "held" } } } } }
            """);
        Assert.Equal(HttpStatusCode.Created, await Pod("odd", "{}"));
        Assert.Equal(HttpStatusCode.Forbidden, await Pod("mighty", """{ "privileged": true }"""));

        var admitted = (await Written(entry => entry.Text("requestObject", "metadata", "name") == "odd" && entry.Text("stage") == "ResponseComplete")).Child("annotations")!;
        Assert.Equal(("allow", "baseline:latest", "example/app:1"), (admitted.Text("authorization.k8s.io/decision"), admitted.Text("pod-security.kubernetes.io/enforce-policy"), admitted.Text("named/images")));
        Assert.StartsWith("would violate PodSecurity \"restricted:latest\": ", admitted.Text("pod-security.kubernetes.io/audit-violations"), StringComparison.Ordinal);
        Assert.Equal("an odd name", JsonNode.Parse(admitted.Text("validation.policy.admission.k8s.io/validation_failure"))![0].Text("message"));
        var refused = await Written(entry => entry.Text("requestObject", "metadata", "name") == "mighty" && entry.Text("stage") == "ResponseComplete");
        Assert.Equal((403, "baseline:latest"), ((int)refused.Child("responseStatus")!["code"]!, refused.Child("annotations").Text("pod-security.kubernetes.io/enforce-policy")));
        Assert.Contains("privileged", refused.Child("annotations").Text("pod-security.kubernetes.io/audit-violations"), StringComparison.Ordinal);

        async Task<HttpStatusCode> Pod(string name, string security) => (await cluster.Send(
            HttpMethod.Post, "/api/v1/namespaces/held/pods", $$"""{ "metadata": { "name": "{{name}}" }, "spec": { "containers": [{ "name": "c", "image": "example/app:1", "securityContext": {{security}} }] } }""")).Code;
    }

    private async Task<JsonObject> Written(Func<JsonObject, bool> which)
    {
        JsonObject? found = null;
        Assert.True(await Waiting.Until(async () => (found = (await Lines()).LastOrDefault(which)) is not null, TimeSpan.FromSeconds(30), CancellationToken.None));
        return found!;
    }

    private async Task<JsonObject[]> Lines() => [.. (await File.ReadAllLinesAsync(cluster.Log)).Where(line => line.EndsWith('}')).Select(line => JsonNode.Parse(line)!.AsObject())];

    public sealed class Audited : ControlPlaneFixture
    {
        public string Log => Path.Combine(Options.DataDirectory, "audit.log");

        protected override ControlPlaneOptions Configure(ControlPlaneOptions options) => options with
        {
            Audit = new()
            {
                Path = Path.Combine(options.DataDirectory, "audit.log"),
                Policy = AuditPolicy.Parse(Encoding.UTF8.GetBytes("""
                    apiVersion: audit.k8s.io/v1
                    kind: Policy
                    rules:
                    - level: None
                      nonResourceURLs: ["/*"]
                    - level: RequestResponse
                    """)),
            },
        };
    }
}
