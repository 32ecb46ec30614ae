using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>Identity tokens of an OpenID Connect issuer, which is a real server with a certificate of its own.</summary>
public sealed class OidcTests : IAsyncLifetime
{
    private readonly SteppedTime _time = new();
    private readonly Issuer _issuer = new();
    private ControlPlaneFixture _cluster = null!;

    public async Task InitializeAsync()
    {
        await _issuer.Start();
        _cluster = new Trusting(_issuer, _time);
        await _cluster.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _issuer.DisposeAsync();
    }

    [Fact]
    public async Task Token_stands_for_whom_its_claims_name_until_it_expires()
    {
        var token = _issuer.Token(Claims(_time));
        var (code, who) = await Ask(token);
        Assert.True(code == HttpStatusCode.Created, (await _cluster.Send(HttpMethod.Post, "/apis/authentication.k8s.io/v1/tokenreviews", new JsonObject { ["spec"] = new JsonObject { ["token"] = token } }.ToJsonString())).Body.ToJsonString());
        Assert.Equal("oidc:jane@example.com", who["status"].Text("userInfo", "username"));
        Assert.Equal(["sso:dev", "sso:ops", "system:authenticated"], who["status"]!["userInfo"].Texts("groups"));
        _time.Step(TimeSpan.FromMinutes(6));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Ask(token)).Code);
    }

    [Theory]
    [InlineData("aud", "somebody-else")]
    [InlineData("email", null)]
    [InlineData("email_verified", false)]
    [InlineData("tenant", "other")]
    [InlineData("tenant", null)]
    public async Task Token_that_says_something_else_is_nobodys(string claim, object? value)
    {
        var claims = Claims(_time);
        if (value is null) claims.Remove(claim);
        else claims[claim] = value;
        Assert.Equal(HttpStatusCode.Unauthorized, (await Ask(_issuer.Token(claims))).Code);
    }

    [Fact]
    public async Task Token_by_another_key_or_in_another_way_is_nobodys()
    {
        using var other = RSA.Create(2048);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Ask(_issuer.Token(Claims(_time), new(new RsaSecurityKey(other) { KeyId = _issuer.KeyId }, SecurityAlgorithms.RsaSha256)))).Code);

        // The oldest trick: the public key as a shared secret.
        var shared = new SymmetricSecurityKey(_issuer.PublicKey) { KeyId = _issuer.KeyId };
        Assert.Equal(HttpStatusCode.Unauthorized, (await Ask(_issuer.Token(Claims(_time), new(shared, SecurityAlgorithms.HmacSha256)))).Code);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Ask(_issuer.Token(Claims(_time), null, signed: false))).Code);
        Assert.Equal(HttpStatusCode.Created, (await Ask(_issuer.Token(Claims(_time)))).Code);
    }

    [Fact]
    public async Task New_key_of_the_issuer_counts_without_a_restart()
    {
        Assert.Equal(HttpStatusCode.Created, (await Ask(_issuer.Token(Claims(_time)))).Code);
        _issuer.ChangeKey();
        Assert.True(await ControlPlane.CommandLine.Clusters.Waiting.Until(async () => (await Ask(_issuer.Token(Claims(_time)))).Code == HttpStatusCode.Created, TimeSpan.FromSeconds(60), CancellationToken.None));
    }

    private static Dictionary<string, object> Claims(TimeProvider time) => new()
    {
        ["aud"] = "actors", ["sub"] = "1", ["email"] = "jane@example.com", ["email_verified"] = true, ["groups"] = new[] { "dev", "ops" }, ["tenant"] = "us",
        ["iat"] = time.GetUtcNow().ToUnixTimeSeconds(), ["exp"] = time.GetUtcNow().AddMinutes(5).ToUnixTimeSeconds(),
    };

    private async Task<(HttpStatusCode Code, JsonObject Body)> Ask(string token)
    {
        using var client = _cluster.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/apis/authentication.k8s.io/v1/selfsubjectreviews") { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        using var response = await client.SendAsync(request);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject());
    }

    private sealed class Trusting(Issuer issuer, TimeProvider time) : ControlPlaneFixture
    {
        protected override TimeProvider Clock => time;

        protected override ControlPlaneOptions Configure(ControlPlaneOptions options) => options with
        {
            Oidc = new()
            {
                Issuer = issuer.Url, ClientId = "actors", UsernameClaim = "email", UsernamePrefix = "oidc:", GroupsClaim = "groups", GroupsPrefix = "sso:", RequiredClaims = [("tenant", "us")], Authorities = [issuer.Certificate],
            },
        };
    }

    private sealed class Issuer : IAsyncDisposable
    {
        private RSA _key = RSA.Create(2048);
        private int _keys = 1;
        private WebApplication? _app;

        public X509Certificate2 Certificate { get; } = SelfSigned();
        public string Url { get; private set; } = "";
        public string KeyId => $"key-{_keys}";
        public byte[] PublicKey => _key.ExportSubjectPublicKeyInfo();

        public async Task Start()
        {
            var builder = WebApplication.CreateEmptyBuilder(new());
            builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(Certificate)));
            _app = builder.Build();
            _app.Run(async http => await (http.Request.Path.Value switch
            {
                "/.well-known/openid-configuration" => http.Response.WriteAsJsonAsync(new JsonObject { ["issuer"] = Url, ["jwks_uri"] = $"{Url}/keys" }),
                "/keys" => http.Response.WriteAsJsonAsync(new JsonObject { ["keys"] = new JsonArray(Key()) }),
                _ => NotFound(http),
            }));
            await _app.StartAsync();
            Url = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        }

        public async ValueTask DisposeAsync()
        {
            if (_app is not null) await _app.DisposeAsync();
            _key.Dispose();
            Certificate.Dispose();
        }

        public void ChangeKey() => (_key, _keys) = (RSA.Create(2048), _keys + 1);

        public string Token(Dictionary<string, object> claims, SigningCredentials? by = null, bool signed = true) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Url,
            Claims = claims,
            SigningCredentials = signed ? by ?? new(new RsaSecurityKey(_key) { KeyId = KeyId }, SecurityAlgorithms.RsaSha256) : null,
        });

        private JsonObject Key()
        {
            var parameters = _key.ExportParameters(false);
            return new() { ["kty"] = "RSA", ["use"] = "sig", ["alg"] = "RS256", ["kid"] = KeyId, ["n"] = Base64UrlEncoder.Encode(parameters.Modulus), ["e"] = Base64UrlEncoder.Encode(parameters.Exponent) };
        }

        private static Task NotFound(HttpContext http)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        private static X509Certificate2 SelfSigned()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=issuer", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        }
    }
}
