using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Tests.Support;

/// <summary>A registry with signatures on a loopback port, with a certificate of an authority of its own. It does as it is told, also what no registry should.</summary>
internal sealed class TestRegistry : IAsyncDisposable
{
    private const string SimpleSigning = "application/vnd.dev.cosign.simplesigning.v1+json";
    private readonly ServerAuthority _authority = new();
    private readonly ConcurrentDictionary<string, Func<HttpContext, Task>> _answers = new();
    private readonly ConcurrentDictionary<string, List<JsonObject>> _layers = new();
    private readonly ConcurrentQueue<(string Path, string Authorization)> _asked = new();
    private WebApplication? _app;

    /// <summary>Asked before each answer; what it answers itself is the answer.</summary>
    public Func<HttpContext, Task<bool>> Gate { get; set; } = _ => Task.FromResult(false);

    public int Port { get; private set; }

    /// <summary>The registry as images name it.</summary>
    public string Host => $"127.0.0.1:{Port}";

    /// <summary>The authority's certificate, as a policy names it.</summary>
    public string CaBundle => _authority.Bundle;

    /// <summary>What it was asked, in order, and who said to ask.</summary>
    public IReadOnlyCollection<(string Path, string Authorization)> Asked => _asked;

    public async Task Start()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_authority.Server)));
        _app = builder.Build();
        _app.Run(Handle);
        await _app.StartAsync();
        Port = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is { } app)
        {
            // Those who wait for an answer that never comes are cut off.
            using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
            await app.StopAsync(now.Token);
            await app.DisposeAsync();
        }
        _authority.Dispose();
    }

    /// <summary>Answers a path, <c>/v2/…</c>, so from now on.</summary>
    public void Answer(string path, Func<HttpContext, Task> how) => _answers[path] = how;

    /// <summary>Answers a path with these bytes.</summary>
    public void Answer(string path, ReadOnlyMemory<byte> body) => Answer(path, http => http.Response.Body.WriteAsync(body).AsTask());

    /// <summary>What cosign signs.</summary>
    public static byte[] Payload(string digest, string type = "cosign container image signature") =>
        Encoding.UTF8.GetBytes($$$"""{"critical":{"identity":{"docker-reference":"any"},"image":{"docker-manifest-digest":"{{{digest}}}"},"type":"{{{type}}}"},"optional":null}""");

    /// <summary>A signature of a key as cosign makes it.</summary>
    public static byte[] Sign(ECDsa key, byte[] payload) => key.SignData(payload, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    /// <summary>Puts a signature of an image there, behind those that are, as <c>cosign sign</c> does.</summary>
    public void Sign(string repository, string digest, ECDsa key, byte[]? payload = null)
    {
        payload ??= Payload(digest);
        Add(repository, digest, payload, Sign(key, payload));
    }

    /// <summary>Puts something there as a signature of an image.</summary>
    public void Add(string repository, string digest, byte[] payload, byte[] signature)
    {
        var blob = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(payload))}";
        Answer($"/v2/{repository}/blobs/{blob}", payload);
        var layers = _layers.GetOrAdd($"{repository}@{digest}", _ => []);
        layers.Add(new() { ["mediaType"] = SimpleSigning, ["digest"] = blob, ["size"] = payload.Length, ["annotations"] = new JsonObject { ["dev.cosignproject.cosign/signature"] = Convert.ToBase64String(signature) } });
        var manifest = new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = "application/vnd.oci.image.manifest.v1+json", ["layers"] = new JsonArray([.. layers.Select(layer => layer.DeepClone())]) };
        Answer(ManifestPath(repository, digest), Encoding.UTF8.GetBytes(manifest.ToJsonString()));
    }

    /// <summary>Where the signatures of an image are.</summary>
    public static string ManifestPath(string repository, string digest) => $"/v2/{repository}/manifests/{digest.Replace(':', '-')}.sig";

    /// <summary>A gate that lets in who brings a token, which it gives to everybody or to who has a password.</summary>
    public Func<HttpContext, Task<bool>> Tokens(string? user = null, string password = "") => async http =>
    {
        if (http.Request.Path == "/token")
        {
            if (user is not null && http.Request.Headers.Authorization != Basic(user, password)) http.Response.StatusCode = 401;
            else await http.Response.WriteAsJsonAsync(new JsonObject { ["token"] = $"for:{http.Request.Query["service"]}:{http.Request.Query["scope"]}" });
            return true;
        }
        if (http.Request.Headers.Authorization.ToString().StartsWith("Bearer for:test:repository:", StringComparison.Ordinal)) return false;
        http.Response.StatusCode = 401;
        http.Response.Headers.WWWAuthenticate = $"Bearer realm=\"https://{Host}/token\",service=\"test\",scope=\"ignored\"";
        return true;
    };

    /// <summary>What a client with a password says.</summary>
    public static string Basic(string user, string password) => $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))}";

    private async Task Handle(HttpContext http)
    {
        _asked.Enqueue((http.Request.Path, http.Request.Headers.Authorization.ToString()));
        if (await Gate(http)) return;
        if (_answers.TryGetValue(http.Request.Path, out var answer)) await answer(http);
        else http.Response.StatusCode = 404;
    }
}
