using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Access.Joining;
using ControlPlane.CommandLine.Clusters;
using Shared.Api;
using Shared.Joining;
using Shared.Json;
using Shared.Processes;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>CertificateSigningRequests: who may ask, grant and sign, and what is signed.</summary>
public sealed class CertificateRequestTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>
{
    private const string Requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    private const string WhoAmI = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    private const string Client = "kubernetes.io/kube-apiserver-client";
    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    [Fact]
    public async Task Requester_is_written_down_with_all_that_is_known_of_him()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Requests) { Content = new StringContent(Body("known", Pem("CN=jane"), Client, 3600, "client auth").ToJsonString(), null, "application/json") };
        foreach (var (header, value) in ((string, string)[])[("User", "jane"), ("Group", "system:masters"), ("Uid", "42"), ("Extra-Team", "blue")]) request.Headers.Add($"Impersonate-{header}", value);
        using var response = await cluster.Http.SendAsync(request);
        var spec = JsonNode.Parse(await response.Content.ReadAsStringAsync()).Child("spec")!;
        Assert.Equal(("jane", "42", """{"team":["blue"]}"""), (spec.Text("username"), spec.Text("uid"), spec["extra"]!.ToJsonString()));
    }

    [Fact]
    public async Task Granted_with_kubectl_a_request_becomes_a_certificate_that_its_user_is_known_by()
    {
        var made = await Made(Body("jane", Pem("CN=jane, O=dev"), Client, 3600, "digital signature", "client auth"));
        Assert.Equal("kubernetes-admin", made.Text("spec", "username"));
        Assert.Equal(["system:masters", "system:authenticated"], made["spec"].Texts("groups"));
        Assert.Contains("jane", await ExternalProgram.Run("kubectl", ["--kubeconfig", cluster.Options.KubeconfigFile, "get", "csr"]), StringComparison.Ordinal);
        await ExternalProgram.Run("kubectl", ["--kubeconfig", cluster.Options.KubeconfigFile, "certificate", "approve", "jane"]);
        using var own = await Signed("jane");
        Assert.InRange(own.NotAfter.ToUniversalTime(), DateTime.UtcNow.AddMinutes(55), DateTime.UtcNow.AddMinutes(61));
        using var client = cluster.NewClient(own);
        using var answer = await client.PostAsJsonAsync(WhoAmI, new JsonObject());
        var who = JsonNode.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(("jane", "dev,system:authenticated"), (who.Text("status", "userInfo", "username"), string.Join(',', who.At("status", "userInfo").Texts("groups"))));

        // What is granted and signed stays so.
        var (code, refusal) = await Approve("jane", "Denied");
        Assert.True(code == HttpStatusCode.UnprocessableEntity, refusal.ToJsonString());
        Assert.Contains("mutually exclusive", refusal.Text("message"), StringComparison.Ordinal);
        (_, var changed) = await cluster.Send(HttpMethod.Patch, $"{Requests}/jane", """{ "spec": { "signerName": "example.com/other" }, "status": { "certificate": "" } }""", "application/merge-patch+json");
        Assert.Equal(Client, changed.Text("spec", "signerName"));
        Assert.NotEmpty(changed.Text("status", "certificate"));
    }

    [Fact]
    public async Task Denied_request_is_never_signed_and_status_grants_nothing()
    {
        await Made(Body("denied", Pem("CN=joe"), Client, 3600, "client auth"));
        Assert.Equal(HttpStatusCode.OK, (await Approve("denied", "Denied")).Code);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Approve("denied", "Approved", keep: true)).Code);
        await Made(Body("waits", Pem("CN=joe"), Client, 3600, "client auth"));
        var (code, written) = await cluster.Send(HttpMethod.Patch, $"{Requests}/waits/status", """{ "status": { "conditions": [ { "type": "Approved", "status": "True" } ] } }""", "application/merge-patch+json");
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Empty(written.Objects("status", "conditions"));
    }

    [Theory]
    [InlineData("masters", "CN=root, O=system:masters", "", HttpStatusCode.Forbidden, "system:masters group is not allowed")]
    [InlineData("usage", "CN=a", """, "usages": ["client auth", "fly"] """, HttpStatusCode.UnprocessableEntity, "spec.usages[1]")]
    [InlineData("signer", "CN=a", """, "signerName": "kubernetes" """, HttpStatusCode.UnprocessableEntity, "must be a fully qualified domain and path")]
    [InlineData("legacy", "CN=a", """, "signerName": "kubernetes.io/legacy-unknown" """, HttpStatusCode.UnprocessableEntity, "the legacy signerName is not allowed")]
    [InlineData("short", "CN=a", """, "expirationSeconds": 599 """, HttpStatusCode.UnprocessableEntity, "may not specify a duration less than 600 seconds")]
    [InlineData("spoiled", "", "", HttpStatusCode.UnprocessableEntity, "must be a PEM block of type CERTIFICATE REQUEST")]
    public async Task Request_that_can_t_be_is_refused_in_words(string name, string subject, string more, HttpStatusCode expected, string why)
    {
        var pem = subject.Length == 0 ? Convert.ToBase64String("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"u8.ToArray()) : Pem(subject);
        var body = JsonNode.Parse($$"""{ "metadata": { "name": "{{name}}" }, "spec": { "request": "{{pem}}", "signerName": "{{Client}}", "usages": ["client auth"] } }""")!.AsObject();
        foreach (var (member, value) in JsonNode.Parse($"{{ {more.TrimStart(',', ' ')} }}")!.AsObject().ToArray()) body["spec"]![member] = value?.DeepClone();
        var (code, refusal) = await cluster.Send(HttpMethod.Post, Requests, body.ToJsonString());
        Assert.Equal(expected, code);
        Assert.Contains(why, refusal.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_of_a_process_of_the_cluster_can_t_be_had()
    {
        // By such a URI members and nodes know each other.
        await Made(Body("member", Pem("CN=a", names => names.AddUri(new("actors://control-plane"))), Client, 3600, "client auth"));
        Assert.Equal(HttpStatusCode.OK, (await Approve("member", "Approved")).Code);
        var failed = await Until("member", request => request.Objects("status", "conditions").Any(condition => condition.Text("type") == "Failed"));
        Assert.Equal("a certificate can't be signed for URIs and other names than of DNS and IP", Conditions.Find(failed.Child("status"), "Failed")!.Message);
        Assert.Empty(failed.Text("status", "certificate"));
    }

    [Fact]
    public async Task Certificate_that_is_for_servers_lets_nobody_in_as_a_client()
    {
        await Made(Body("serves", Pem("O=system:nodes, CN=system:node:far", names => names.AddDnsName("far")), "kubernetes.io/kubelet-serving", 3600, "digital signature", "server auth"));
        Assert.Equal(HttpStatusCode.OK, (await Approve("serves", "Approved")).Code);
        using var own = await Signed("serves");
        using var client = cluster.NewClient(own);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.PostAsJsonAsync(WhoAmI, new JsonObject()));
    }

    [Fact]
    public async Task Kubelet_that_joins_with_a_token_gets_its_certificate_by_itself()
    {
        await cluster.Send(HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", """
            { "metadata": { "name": "join" }, "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:node-bootstrapper" }, "subjects": [ { "kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "system:bootstrappers" } ] }
            """);
        var token = BootstrapToken.New();
        await cluster.Send(HttpMethod.Post, "/api/v1/namespaces/kube-system/secrets", BootstrapTokenSecret.Render(token, JoinPurpose.Node, DateTimeOffset.UtcNow.AddMinutes(5)).ToJsonString());
        var body = Body("kubelet", Pem("O=system:nodes, CN=system:node:far"), "kubernetes.io/kube-apiserver-client-kubelet", 3600, "digital signature", "client auth").ToJsonString();
        Assert.True(await Waiting.Until(async () => await As(token, HttpMethod.Post, Requests, body) is HttpStatusCode.Created or HttpStatusCode.Conflict, TimeSpan.FromSeconds(30), CancellationToken.None));
        Assert.Empty((await Get("kubelet")).Objects("status", "conditions"));
        Assert.Equal(HttpStatusCode.Forbidden, await As(token, HttpMethod.Put, $"{Requests}/kubelet/approval", (await Granted("kubelet", "Approved", false)).ToJsonString()));

        // Not before a role says so.
        await cluster.Send(HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", """
            { "metadata": { "name": "grant" }, "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:certificates.k8s.io:certificatesigningrequests:nodeclient" }, "subjects": [ { "kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "system:bootstrappers" } ] }
            """);
        await cluster.Send(HttpMethod.Patch, $"{Requests}/kubelet", """{ "metadata": { "labels": { "look": "again" } } }""", "application/merge-patch+json");
        var signed = await Until("kubelet", request => request.Text("status", "certificate").Length > 0);
        Assert.Equal("AutoApproved", Conditions.Find(signed.Child("status"), "Approved")!.Reason);
    }

    private static string Pem(string subject, Action<SubjectAlternativeNameBuilder>? names = null)
    {
        var request = new CertificateRequest(subject, Key, HashAlgorithmName.SHA256);
        if (names is not null)
        {
            var builder = new SubjectAlternativeNameBuilder();
            names(builder);
            request.CertificateExtensions.Add(builder.Build());
        }
        return Convert.ToBase64String(Encoding.ASCII.GetBytes(request.CreateSigningRequestPem()));
    }

    private static JsonObject Body(string name, string pem, string signer, int seconds, params string[] usages) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = name },
        ["spec"] = new JsonObject { ["request"] = pem, ["signerName"] = signer, ["expirationSeconds"] = seconds, ["username"] = "somebody-else", ["usages"] = new JsonArray([.. usages.Select(usage => (JsonNode?)usage)]) },
    };

    private async Task<JsonObject> Made(JsonObject body)
    {
        var (code, answer) = await cluster.Send(HttpMethod.Post, Requests, body.ToJsonString());
        Assert.True(code == HttpStatusCode.Created, answer.ToJsonString());
        return answer;
    }

    private async Task<JsonObject> Get(string name) => (await cluster.Send(HttpMethod.Get, $"{Requests}/{name}")).Body;

    private async Task<JsonObject> Until(string name, Func<JsonObject, bool> holds)
    {
        var last = await Get(name);
        Assert.True(await Waiting.Until(async () => holds(last = await Get(name)), TimeSpan.FromSeconds(30), CancellationToken.None), last.ToJsonString());
        return last;
    }

    private async Task<X509Certificate2> Signed(string name)
    {
        var pem = (await Until(name, request => request.Text("status", "certificate").Length > 0)).Text("status", "certificate");
        using var signed = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(pem)));
        using var own = signed.CopyWithPrivateKey(Key);
        return X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pfx), null);
    }

    private async Task<JsonObject> Granted(string name, string type, bool keep)
    {
        var request = await Get(name);
        var conditions = keep ? request.Status().DefaultList("conditions") : [];
        conditions.Add(new JsonObject { ["type"] = type, ["status"] = "True", ["reason"] = "Test" });
        if (!keep) request.Status()["conditions"] = conditions;
        return request;
    }

    private async Task<(HttpStatusCode Code, JsonObject Body)> Approve(string name, string type, bool keep = true) =>
        await cluster.Send(HttpMethod.Put, $"{Requests}/{name}/approval", (await Granted(name, type, keep)).ToJsonString());

    private async Task<HttpStatusCode> As(BootstrapToken token, HttpMethod method, string path, string body)
    {
        using var client = cluster.NewClient();
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token.Bearer}");
        using var response = await client.SendAsync(request);
        return response.StatusCode;
    }
}
