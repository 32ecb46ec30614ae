using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Access;
using ControlPlane.Access.Joining;
using ControlPlane.Access.ServiceAccounts;
using ControlPlane.Hosting;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Shared.Joining;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>Tokens of service accounts, and the pods that get them.</summary>
public sealed class TokenTests : IAsyncLifetime
{
    private const string Accounts = "/api/v1/namespaces/default/serviceaccounts";
    private const string Pods = "/api/v1/namespaces/default/pods";
    private const string Secrets = "/api/v1/namespaces/default/secrets";
    private const string WhoAmI = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    private const string Reviews = "/apis/authentication.k8s.io/v1/tokenreviews";

    private readonly SteppedTime _time = new();
    private readonly ControlPlaneFixture _cluster;

    public TokenTests() => _cluster = new Stepped(_time);

    public Task InitializeAsync() => _cluster.InitializeAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Token_stands_for_its_account_for_as_long_as_it_was_asked_for()
    {
        await Account("robot");
        var (code, answer) = await _cluster.Send(HttpMethod.Post, $"{Accounts}/robot/token", """{ "spec": { "expirationSeconds": 600 } }""");
        Assert.Equal(HttpStatusCode.Created, code);
        var token = answer.Text("status", "token");
        var who = await Ask(token);
        Assert.Equal("system:serviceaccount:default:robot", who.Body["status"].Text("userInfo", "username"));
        Assert.Equal(["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"], who.Body["status"]!["userInfo"].Texts("groups"));
        Assert.Equal(HttpStatusCode.Forbidden, (await Ask(token, HttpMethod.Get, Pods)).Code);

        // Time goes on between the steps, too, and a token ends at a whole second.
        _time.Step(TimeSpan.FromSeconds(570));
        Assert.Equal(HttpStatusCode.Created, (await Ask(token)).Code);
        _time.Step(TimeSpan.FromSeconds(31));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Ask(token)).Code);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _cluster.Send(HttpMethod.Post, $"{Accounts}/robot/token", """{ "spec": { "expirationSeconds": 599 } }""")).Code);
    }

    [Fact]
    public async Task Token_ends_with_its_account_and_with_the_pod_it_is_bound_to()
    {
        await Account("brief");
        var alone = await Token("brief");
        var (code, pod) = await _cluster.Send(HttpMethod.Post, Pods, Pod("holder", "brief"));
        Assert.True(code == HttpStatusCode.Created, pod.ToJsonString());
        var bound = await Token("brief", $$""", "boundObjectRef": { "apiVersion": "v1", "kind": "Pod", "name": "holder", "uid": "{{pod.Text("metadata", "uid")}}" } """);
        Assert.Equal(["holder"], (await Ask(bound)).Body["status"]!["userInfo"]!["extra"].Texts("authentication.kubernetes.io/pod-name"));
        Assert.Equal(HttpStatusCode.Conflict, (await _cluster.Send(HttpMethod.Post, $"{Accounts}/brief/token", """{ "spec": { "boundObjectRef": { "kind": "Pod", "name": "holder", "uid": "other" } } }""")).Code);

        await _cluster.Send(HttpMethod.Delete, $"{Pods}/holder?gracePeriodSeconds=0");
        Assert.Equal(HttpStatusCode.Unauthorized, (await Ask(bound)).Code);
        Assert.Equal(HttpStatusCode.Created, (await Ask(alone)).Code);

        // Another account of the same name is another account.
        await _cluster.Send(HttpMethod.Delete, $"{Accounts}/brief");
        await Account("brief");
        Assert.Equal(HttpStatusCode.Unauthorized, (await Ask(alone)).Code);
    }

    [Fact]
    public async Task Token_is_for_its_audiences_only_and_for_nobody_if_it_was_altered()
    {
        await Account("abroad");
        var token = await Token("abroad", """, "audiences": ["vault"] """);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Ask(token)).Code);
        var review = (await _cluster.Send(HttpMethod.Post, Reviews, $$"""{ "spec": { "token": "{{token}}", "audiences": ["vault", "other"] } }""")).Body["status"];
        Assert.Equal((true, "vault"), (review.Flag("authenticated"), review.Texts("audiences").Single()));

        var plain = await Token("abroad");
        var parts = plain.Split('.');
        var claims = JsonNode.Parse(Base64UrlEncoder.Decode(parts[1]))!.AsObject();
        claims["sub"] = "system:serviceaccount:kube-system:default";
        foreach (var forged in new[]
        {
            $"{parts[0]}.{Base64UrlEncoder.Encode(claims.ToJsonString())}.{parts[2]}",
            $"{parts[0]}.{parts[1]}.{parts[2][..^4]}AAAA",
            $"{Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""")}.{parts[1]}.",
            $"{parts[0]}.{parts[1]}",
            "..", "a.b.c", new string('x', 20_000),
        })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await Ask(forged)).Code);
        }
    }

    [Fact]
    public async Task Others_can_check_a_token_by_the_published_keys()
    {
        await Account("known");
        var token = await Token("known");
        Assert.Equal(TokenIssuer.Issuer, (await Ask(token, HttpMethod.Get, "/.well-known/openid-configuration")).Body.Text("issuer"));
        var keys = (await Ask(token, HttpMethod.Get, "/openid/v1/jwks")).Body.ToJsonString();
        Assert.DoesNotContain("\"d\"", keys, StringComparison.Ordinal);
        var validated = await new JsonWebTokenHandler().ValidateTokenAsync(token, new()
        {
            ValidIssuer = TokenIssuer.Issuer,
            ValidAudience = TokenIssuer.Issuer,
            IssuerSigningKeys = new JsonWebKeySet(keys).GetSigningKeys(),
        });
        Assert.True(validated.IsValid, validated.Exception?.Message);

        // The same key counts after a restart, and lies nowhere in clear text.
        await _cluster.Restart();
        Assert.Equal(HttpStatusCode.Created, (await Ask(token)).Code);
        foreach (var file in Directory.EnumerateFiles(_cluster.Options.DataDirectory, "journal.db*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            Assert.DoesNotContain("BEGIN PRIVATE KEY", await reader.ReadToEndAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Secret_of_an_account_is_filled_with_a_token_that_ends_with_either()
    {
        var (code, refused) = await _cluster.Send(HttpMethod.Post, Secrets, TokenSecret("old-style", "lasting"));
        Assert.Equal((HttpStatusCode.Forbidden, "secrets \"old-style\" is forbidden: error looking up service account default/lasting: serviceaccount \"lasting\" not found"), (code, refused.Text("message")));
        await Account("lasting");
        Assert.Equal(HttpStatusCode.Created, (await _cluster.Send(HttpMethod.Post, Secrets, TokenSecret("old-style", "lasting"))).Code);
        var secret = (await _cluster.Send(HttpMethod.Get, $"{Secrets}/old-style")).Body;
        Assert.Equal("default", Data(secret, "namespace"));
        Assert.Contains("BEGIN CERTIFICATE", Data(secret, "ca.crt"), StringComparison.Ordinal);
        var first = Data(secret, "token");
        _time.Step(TimeSpan.FromDays(4000));
        Assert.Equal("system:serviceaccount:default:lasting", (await Ask(first)).Body["status"].Text("userInfo", "username"));

        // A replacement without data has a token again; one that names another account's uid is no account's.
        Assert.Equal(HttpStatusCode.OK, (await _cluster.Send(HttpMethod.Put, $"{Secrets}/old-style", TokenSecret("old-style", "lasting"))).Code);
        Assert.Equal(HttpStatusCode.Created, (await Ask(Data((await _cluster.Send(HttpMethod.Get, $"{Secrets}/old-style")).Body, "token"))).Code);
        Assert.Equal(HttpStatusCode.Forbidden, (await _cluster.Send(HttpMethod.Post, Secrets, TokenSecret("other", "lasting", """, "kubernetes.io/service-account.uid": "x" """))).Code);

        await _cluster.Send(HttpMethod.Delete, $"{Secrets}/old-style");
        Assert.Equal(HttpStatusCode.Unauthorized, (await Ask(first)).Code);
        await _cluster.Send(HttpMethod.Post, Secrets, TokenSecret("last", "lasting"));
        var last = Data((await _cluster.Send(HttpMethod.Get, $"{Secrets}/last")).Body, "token");
        Assert.Equal(HttpStatusCode.Created, (await Ask(last)).Code);
        await _cluster.Send(HttpMethod.Delete, $"{Accounts}/lasting");
        Assert.Equal(HttpStatusCode.Unauthorized, (await Ask(last)).Code);
        await ControlPlaneMembers.Until("the Secret to go with its account", async () => (await _cluster.Send(HttpMethod.Get, $"{Secrets}/last")).Code == HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task New_pod_runs_as_an_account_and_finds_its_token_where_clients_look()
    {
        var (code, pod) = await _cluster.Send(HttpMethod.Post, Pods, Pod("plain"));
        Assert.True(code == HttpStatusCode.Created, pod.ToJsonString());
        Assert.Equal(("default", "default"), (pod.Text("spec", "serviceAccountName"), pod.Text("spec", "serviceAccount")));
        var volume = Assert.Single(pod.Objects("spec", "volumes"));
        Assert.StartsWith("kube-api-access-", volume.Text("name"), StringComparison.Ordinal);
        var mount = pod.Objects("spec", "containers").Single().Objects("volumeMounts").Single();
        Assert.Equal((volume.Text("name"), ServiceAccountAdmission.MountPath, true), (mount.Text("name"), mount.Text("mountPath"), mount.Flag("readOnly")));

        await Account("quiet", """, "automountServiceAccountToken": false, "imagePullSecrets": [ { "name": "pull" } ] """);
        var quiet = (await _cluster.Send(HttpMethod.Post, Pods, Pod("quiet", "quiet"))).Body;
        Assert.Empty(quiet.Objects("spec", "volumes"));
        Assert.Equal("pull", quiet.Objects("spec", "imagePullSecrets").Single().Text("name"));
        Assert.Single((await _cluster.Send(HttpMethod.Post, Pods, Pod("loud", "quiet", """ "automountServiceAccountToken": true, """))).Body.Objects("spec", "volumes"));
        var (refused, why) = await _cluster.Send(HttpMethod.Post, Pods, Pod("lost", "nobody"));
        Assert.Equal(HttpStatusCode.Forbidden, refused);
        Assert.Contains("error looking up service account default/nobody: serviceaccount \"nobody\" not found", why.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pod_may_be_created_right_after_its_namespace()
    {
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.Created, (await _cluster.Send(HttpMethod.Post, "/api/v1/namespaces", $$"""{ "metadata": { "name": "new-{{i}}" } }""")).Code);
            var (code, pod) = await _cluster.Send(HttpMethod.Post, $"/api/v1/namespaces/new-{i}/pods", Pod("first"));
            Assert.True(code == HttpStatusCode.Created, pod.ToJsonString());
        }
    }

    [Fact]
    public async Task Bootstrap_token_is_a_user_of_its_own_until_it_expires()
    {
        var token = BootstrapToken.New();
        var secret = BootstrapTokenSecret.Render(token, JoinPurpose.Node, _time.GetUtcNow() + TimeSpan.FromMinutes(5));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Ask(token.Bearer)).Code);
        Assert.Equal(HttpStatusCode.Created, (await _cluster.Send(HttpMethod.Post, "/api/v1/namespaces/kube-system/secrets", secret.ToJsonString())).Code);
        var (code, who) = await Ask(token.Bearer);
        Assert.Equal(HttpStatusCode.Created, code);
        Assert.Equal($"system:bootstrap:{token.Id}", who["status"].Text("userInfo", "username"));
        Assert.Equal(["system:bootstrappers", "system:bootstrappers:actors:node", "system:authenticated"], who["status"]!["userInfo"].Texts("groups"));
        Assert.Equal(HttpStatusCode.Forbidden, (await Ask(token.Bearer, HttpMethod.Get, Pods)).Code);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Ask($"{token.Id}.{new string('0', 16)}")).Code);
        _time.Step(TimeSpan.FromMinutes(6));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Ask(token.Bearer)).Code);
    }

    [Fact]
    public async Task Token_of_the_file_stands_for_the_user_it_names()
    {
        var (code, who) = await Ask("of-a-file");
        Assert.Equal(HttpStatusCode.Created, code);
        Assert.Equal("jane/42", $"{who["status"].Text("userInfo", "username")}/{who["status"].Text("userInfo", "uid")}");
        Assert.Equal(["dev", "ops", "system:authenticated"], who["status"]!["userInfo"].Texts("groups"));
    }

    private async Task Account(string name, string more = "") =>
        Assert.Equal(HttpStatusCode.Created, (await _cluster.Send(HttpMethod.Post, Accounts, $$"""{ "metadata": { "name": "{{name}}" }{{more}} }""")).Code);

    private static string TokenSecret(string name, string account, string annotations = "") =>
        $$"""{ "metadata": { "name": "{{name}}", "annotations": { "kubernetes.io/service-account.name": "{{account}}"{{annotations}} } }, "type": "kubernetes.io/service-account-token" }""";

    private static string Data(JsonObject secret, string member) => Encoding.UTF8.GetString(Convert.FromBase64String(secret.Text("data", member)));

    private async Task<string> Token(string account, string more = "")
    {
        var (code, answer) = await _cluster.Send(HttpMethod.Post, $"{Accounts}/{account}/token", $$"""{ "spec": { "expirationSeconds": 3600{{more}} } }""");
        Assert.True(code == HttpStatusCode.Created, answer.ToJsonString());
        return answer.Text("status", "token");
    }

    private Task<(HttpStatusCode Code, JsonObject Body)> Ask(string token) => Ask(token, HttpMethod.Post, WhoAmI, "{}");

    private async Task<(HttpStatusCode Code, JsonObject Body)> Ask(string token, HttpMethod method, string path, string? body = null)
    {
        using var client = _cluster.NewClient();
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await client.SendAsync(request);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject());
    }

    private static string Pod(string name, string account = "", string more = "") =>
        $$"""{ "metadata": { "name": "{{name}}" }, "spec": { {{more}} "serviceAccountName": "{{account}}", "containers": [ { "name": "c", "image": "i" } ] } }""";

    private sealed class Stepped(TimeProvider time) : ControlPlaneFixture
    {
        protected override TimeProvider Clock => time;

        protected override ControlPlaneOptions Configure(ControlPlaneOptions options)
        {
            var file = Path.Combine(options.DataDirectory, "tokens.csv");
            File.WriteAllText(file, "# users\nof-a-file,jane,42,\"dev, ops\"\n");
            return options with { Tokens = new(TokenFile.Read(file)) };
        }
    }
}
