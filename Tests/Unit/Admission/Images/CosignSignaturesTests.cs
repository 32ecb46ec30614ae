using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using ControlPlane.Admission.Images;
using ControlPlane.Admission.Images.Signatures;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Admission.Images;

/// <summary>Signatures as a registry over TLS has them, an honest one and others.</summary>
public sealed class CosignSignaturesTests : IAsyncLifetime, IDisposable
{
    private const string Repository = "team/app";
    private const string Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string OtherDigest = "sha256:1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);
    private readonly TestRegistry _registry = new();
    private readonly ECDsa _ci = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _release = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly SteppedTime _time = new();
    private CosignSignatures _signatures = null!;

    public async Task InitializeAsync()
    {
        _signatures = new(new() { Patience = Long }, TimeProvider.System);
        await _registry.Start();
    }

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    public void Dispose()
    {
        _ci.Dispose();
        _release.Dispose();
    }

    [Fact]
    public async Task Signature_of_a_key_is_found_and_remembered()
    {
        _registry.Sign(Repository, Digest, _release);
        _registry.Sign(Repository, Digest, _ci);
        Assert.Null(await Fault());
        Assert.All(_registry.Asked, asked => Assert.Empty(asked.Authorization));
        var before = _registry.Asked.Count;
        Assert.True(_signatures.Fault(Question(), CancellationToken.None).IsCompletedSuccessfully);
        Assert.Null(await Fault(repository: "elsewhere"));
        Assert.Equal(before, _registry.Asked.Count);
    }

    [Fact]
    public async Task What_is_missing_is_told_with_how_to_sign_and_is_not_remembered()
    {
        Assert.Equal($"it has none (no tag {Digest.Replace(':', '-')}.sig); sign it with: cosign sign --key cosign.key {_registry.Host}/{Repository}@{Digest}", await Fault());
        _registry.Sign(Repository, Digest, _release);
        Assert.StartsWith("of 1 that it has none is by \"ci\"; sign it with: cosign sign", await Fault(), StringComparison.Ordinal);
        _registry.Sign(Repository, Digest, _ci);
        Assert.Null(await Fault());
    }

    [Fact]
    public async Task All_keys_are_asked_for_where_all_must_have_signed()
    {
        _registry.Sign(Repository, Digest, _ci);
        SignatureDemand any = Demand(false, ("ci", _ci), ("release", _release)), all = any with { All = true };
        Assert.Null(await Fault(any));
        Assert.StartsWith("of 1 that it has none is by \"release\"; sign it with", await Fault(all), StringComparison.Ordinal);
        _registry.Sign(Repository, Digest, _release);
        Assert.Null(await Fault(all));
    }

    [Fact]
    public async Task Signature_of_rsa_counts_too()
    {
        using var rsa = RSA.Create(2048);
        var payload = TestRegistry.Payload(Digest);
        _registry.Add(Repository, Digest, payload, rsa.SignData(payload, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        Assert.Null(await Fault(new([new("ci", SigningKey.Read(rsa.ExportSubjectPublicKeyInfoPem()))], false, _registry.CaBundle)));
    }

    [Fact]
    public async Task Signature_of_something_else_does_not_count()
    {
        _registry.Sign(Repository, Digest, _ci, TestRegistry.Payload(OtherDigest));
        _registry.Sign(Repository, Digest, _ci, TestRegistry.Payload(Digest, "atomic container signature"));
        _registry.Sign(Repository, Digest, _ci, Encoding.UTF8.GetBytes($$$"""{"critical":{"image":{"docker-manifest-digest":"{{{OtherDigest}}}","docker-manifest-digest":"{{{Digest}}}"},"type":"cosign container image signature"}}"""));
        var payload = TestRegistry.Payload(Digest);
        _registry.Add(Repository, Digest, payload, TestRegistry.Sign(_ci, TestRegistry.Payload(OtherDigest)));
        _registry.Add(Repository, Digest, payload, [1, 2, 3]);
        _registry.Add(Repository, Digest, payload, []);
        Assert.StartsWith(
            $"of 6 that it has none is by \"ci\" (what was signed is another image, {OtherDigest}; what was signed is no JSON; what was signed is not of the type \"cosign container image signature\"); sign it",
            await Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Registry_that_lies_is_not_believed()
    {
        var payload = TestRegistry.Payload(Digest);
        _registry.Sign(Repository, Digest, _ci);
        var blob = $"/v2/{Repository}/blobs/sha256:{Convert.ToHexStringLower(SHA256.HashData(payload))}";
        _registry.Answer(blob, TestRegistry.Payload(OtherDigest));
        Assert.Contains("sent something else for blob sha256:", await Fault(), StringComparison.Ordinal);
        _registry.Answer(blob, new byte[64 * 1024 + 1]);
        Assert.Contains("answered with more than 65536 bytes", await Fault(), StringComparison.Ordinal);
        _registry.Answer(blob, http => Status(http, 404));
        Assert.Contains("has no blob sha256:", await Fault(), StringComparison.Ordinal);
        _registry.Answer(blob, async http =>
        {
            await http.Response.Body.WriteAsync("{"u8.ToArray());
            await http.Response.Body.FlushAsync();
            http.Abort();
        });
        Assert.Matches("broke off its answer: |can't be reached: ", await Fault());
        _registry.Answer(blob, http => Status(http, 500));
        Assert.EndsWith("answered with 500", await Fault(), StringComparison.Ordinal);
        var manifest = TestRegistry.ManifestPath(Repository, Digest);
        _registry.Answer(manifest, new byte[1024 * 1024 + 1]);
        Assert.Contains("answered with more than 1048576 bytes", await Fault(), StringComparison.Ordinal);
        _registry.Answer(manifest, "[]"u8.ToArray());
        Assert.Contains("is no manifest", await Fault(), StringComparison.Ordinal);
        _registry.Answer(manifest, Encoding.UTF8.GetBytes("""{ "layers": [ { "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json", "digest": "sha256:../../../../secret" }, 1 ] }"""));
        Assert.StartsWith("of 0 that it has none is by \"ci\"", await Fault(), StringComparison.Ordinal);
        Assert.DoesNotContain(_registry.Asked, asked => asked.Path.Contains("secret", StringComparison.Ordinal));
        _registry.Answer(manifest, http =>
        {
            http.Abort();
            return Task.CompletedTask;
        });
        Assert.Contains($"registry {_registry.Host} can't be reached: ", await Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reader_is_sent_on_over_tls_only_and_not_for_ever()
    {
        _registry.Gate = _registry.Tokens();
        var payload = TestRegistry.Payload(Digest);
        _registry.Sign(Repository, Digest, _ci);
        var blob = $"/v2/{Repository}/blobs/sha256:{Convert.ToHexStringLower(SHA256.HashData(payload))}";
        await using var storage = new TestRegistry();
        await storage.Start();
        storage.Answer("/there", payload);

        // Another server, which shows another certificate: the bundle is of both.
        var both = Demand(false, ("ci", _ci)) with { Authorities = Convert.ToBase64String([.. Convert.FromBase64String(_registry.CaBundle), (byte)'\n', .. Convert.FromBase64String(storage.CaBundle)]) };
        _registry.Answer(blob, http => Redirect(http, $"https://{storage.Host}/there"));
        Assert.Contains("can't be reached: tls: failed to verify certificate", await Fault(), StringComparison.Ordinal);
        Assert.Null(await Fault(both));
        Assert.Equal(("/there", ""), Assert.Single(storage.Asked));
        Assert.Contains(_registry.Asked, asked => asked.Path == blob && asked.Authorization == "Bearer for:test:repository:team/app:pull");

        _signatures = new(new() { Patience = Long }, TimeProvider.System);
        _registry.Answer(blob, http => Redirect(http, $"http://{storage.Host}/there"));
        Assert.EndsWith("sent its reader on to 127.0.0.1 without TLS", await Fault(), StringComparison.Ordinal);
        _registry.Answer(blob, http => Redirect(http, blob));
        Assert.EndsWith("sent its reader on more than 3 times", await Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Registry_is_read_with_its_token_and_with_credentials_where_there_are_some()
    {
        _registry.Sign(Repository, Digest, _ci);
        _registry.Gate = _registry.Tokens("me", "secret");
        Assert.EndsWith("lets nobody read team/app who has no credentials (401): give the pod imagePullSecrets with some", await Fault(), StringComparison.Ordinal);
        Assert.EndsWith("does not let me of the pod's imagePullSecrets read team/app (401)", await Fault(credentials: new("me", "wrong", _registry.Host)), StringComparison.Ordinal);
        Assert.Null(await Fault(credentials: new("me", "secret", _registry.Host)));

        _signatures = new(new() { Patience = Long }, TimeProvider.System);
        _registry.Gate = http =>
        {
            if (http.Request.Headers.Authorization == TestRegistry.Basic("me", "secret")) return Task.FromResult(false);
            http.Response.StatusCode = 401;
            http.Response.Headers.WWWAuthenticate = "Basic realm=\"registry\"";
            return Task.FromResult(true);
        };
        Assert.EndsWith("give the pod imagePullSecrets with some", await Fault(), StringComparison.Ordinal);
        Assert.Null(await Fault(credentials: new("me", "secret", _registry.Host)));
    }

    [Theory]
    [InlineData("http://127.0.0.1/token", "sends its reader for a token to a place without TLS")]
    [InlineData("nowhere", "sends its reader for a token to a place without TLS")]
    [InlineData("", "sends its reader for a token to a place without TLS")]
    public async Task Token_is_fetched_over_tls_only(string realm, string why)
    {
        _registry.Gate = http =>
        {
            http.Response.StatusCode = 401;
            http.Response.Headers.WWWAuthenticate = $"Bearer realm=\"{realm}\"";
            return Task.FromResult(true);
        };
        Assert.EndsWith(why, await Fault(credentials: new("me", "secret", _registry.Host)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Registry_of_another_authority_is_not_read() =>
        Assert.Contains("can't be reached: tls: failed to verify certificate", await Fault(Demand(false, ("ci", _ci)) with { Authorities = ServerAuthority.OtherBundle() }), StringComparison.Ordinal);

    [Fact]
    public async Task Registry_that_is_not_there_is_told()
    {
        var port = ControlPlaneFixture.FreePorts(1)[0];
        var question = new SignatureQuestion("shop", new($"127.0.0.1:{port}", Repository, "", Digest), Demand(false, ("ci", _ci)), null);
        Assert.Equal($"registry 127.0.0.1:{port} can't be reached: dial tcp 127.0.0.1:{port}: connect: connection refused", await _signatures.Fault(question, CancellationToken.None));
    }

    [Fact]
    public async Task Registry_that_does_not_answer_is_given_up_in_time_and_without_blocking()
    {
        _registry.Gate = async http =>
        {
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
            return true;
        };
        _signatures = new(new() { Patience = TimeSpan.FromSeconds(1.5) }, TimeProvider.System);
        var began = Stopwatch.GetTimestamp();
        var fault = _signatures.Fault(Question(), CancellationToken.None);
        Assert.False(fault.IsCompleted);
        Assert.Equal($"registry {_registry.Host} did not answer within 1.5 s; try again", await fault);
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, Long);

        // Drop by drop is no answer either.
        _registry.Gate = _ => Task.FromResult(false);
        _registry.Answer(TestRegistry.ManifestPath(Repository, Digest), async http =>
        {
            while (!http.RequestAborted.IsCancellationRequested)
            {
                await http.Response.Body.WriteAsync(" "u8.ToArray());
                await http.Response.Body.FlushAsync();
                await Task.Delay(20);
            }
        });
        Assert.EndsWith("did not answer within 1.5 s; try again", await Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Namespace_that_waits_holds_up_no_other()
    {
        var (stuck, full, held) = (new TaskCompletionSource(), new TaskCompletionSource(), 0);
        _registry.Sign(Repository, Digest, _ci);
        _registry.Gate = async http =>
        {
            if (!http.Request.Path.Value!.Contains("slow", StringComparison.Ordinal)) return false;
            if (Interlocked.Increment(ref held) == 2) full.SetResult();
            await stuck.Task;
            return false;
        };
        _signatures = new(new() { Patience = Long, AtOnce = 2 }, TimeProvider.System);
        var waiting = Enumerable.Range(0, 5).Select(i => _signatures.Fault(Question(repository: $"slow/{i}", digest: OtherDigest), CancellationToken.None).AsTask()).ToArray();
        await full.Task.WaitAsync(Long);
        Assert.Null(await _signatures.Fault(Question() with { Namespace = "other" }, CancellationToken.None));
        Assert.Equal(2, _registry.Asked.Count(asked => asked.Path.Contains("slow", StringComparison.Ordinal)));
        stuck.SetResult();
        Assert.All(await Task.WhenAll(waiting), fault => Assert.StartsWith("it has none", fault, StringComparison.Ordinal));
    }

    [Fact]
    public void Signatures_are_remembered_for_a_time_and_in_bounded_number()
    {
        var key = SigningKey.Read(_ci.ExportSubjectPublicKeyInfoPem());
        var seen = new VerifiedSignatures(new() { Remembered = 3, RememberedFor = TimeSpan.FromMinutes(1) }, _time);
        foreach (var digest in (string[])["a", "b", "a", "c"]) seen.Add(digest, key);
        Assert.Equal([true, true, true], new[] { "a", "b", "c" }.Select(digest => seen.Has(digest, key)));
        seen.Add("d", key);
        Assert.Equal([true, false, true, true], new[] { "a", "b", "c", "d" }.Select(digest => seen.Has(digest, key)));
        Assert.False(seen.Has("a", SigningKey.Read(_release.ExportSubjectPublicKeyInfoPem())));
        _time.Sleep(TimeSpan.FromMinutes(1));
        Assert.False(seen.Has("d", key));
    }

    private Task<string?> Fault(SignatureDemand? demand = null, RegistryCredentials? credentials = null, string repository = Repository) =>
        _signatures.Fault(Question(demand, repository) with { Credentials = credentials }, CancellationToken.None).AsTask();

    private SignatureQuestion Question(SignatureDemand? demand = null, string repository = Repository, string digest = Digest) =>
        new("shop", new(_registry.Host, repository, "", digest), demand ?? Demand(false, ("ci", _ci)), null);

    private SignatureDemand Demand(bool all, params (string Name, ECDsa Key)[] keys) => new([.. keys.Select(key => new NamedKey(key.Name, SigningKey.Read(key.Key.ExportSubjectPublicKeyInfoPem())))], all, _registry.CaBundle);

    private static Task Status(HttpContext http, int code)
    {
        http.Response.StatusCode = code;
        return Task.CompletedTask;
    }

    private static Task Redirect(HttpContext http, string where)
    {
        http.Response.StatusCode = 307;
        http.Response.Headers.Location = where;
        return Task.CompletedTask;
    }
}
