using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Tests.Performance;

/// <summary>
/// An administrator's clients on eight HTTP/2 connections, used in turn. Lean, for they share the machine with what they measure: bodies are sent as the bytes they are given as, and answers
/// are read and not looked at.
/// </summary>
public sealed class LoadClients : IDisposable
{
    private const int Connections = 8;
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private readonly HttpMessageInvoker[] _clients;
    private readonly Uri _server;
    private readonly AuthenticationHeaderValue _token;
    private int _turn;

    /// <summary>Opens nothing yet.</summary>
    public LoadClients(Uri server, X509Certificate2 authority, string token)
    {
        (_server, _token) = (server, new("Bearer", token));
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(authority);
        _clients = [.. Enumerable.Range(0, Connections).Select(_ => new HttpMessageInvoker(new SocketsHttpHandler
        {
            SslOptions = new() { CertificateChainPolicy = policy },
            EnableMultipleHttp2Connections = false,
            // Large enough that a list of everything does not wait for permission to go on.
            InitialHttp2StreamWindowSize = 4 << 20,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
        }))];
    }

    /// <summary>Sends a request and reads the answer to its end.</summary>
    /// <returns>How many bytes were answered.</returns>
    /// <exception cref="HttpRequestException">The answer is not a success; the message holds it.</exception>
    public async Task<long> Send(HttpMethod method, string path, byte[]? body = null, MediaTypeHeaderValue? contentType = null)
    {
        using var response = await Answer(method, path, body, contentType);
        var counter = new DiscardedBytes();
        await response.Content.CopyToAsync(counter);
        return counter.Position;
    }

    /// <summary>Reads an object or a list.</summary>
    public async Task<JsonElement> Read(string path)
    {
        using var response = await Answer(HttpMethod.Get, path, null, null);
        using var document = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync());
        return document.RootElement.Clone();
    }

    /// <summary>Opens an answer that does not end, such as a watch. The caller disposes it.</summary>
    public Task<HttpResponseMessage> Open(string path) => Answer(HttpMethod.Get, path, null, null);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
    }

    private async Task<HttpResponseMessage> Answer(HttpMethod method, string path, byte[]? body, MediaTypeHeaderValue? contentType)
    {
        using var request = new HttpRequestMessage(method, new Uri(_server, path)) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Authorization = _token;
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = contentType ?? Json;
        }
        var response = await _clients[(uint)Interlocked.Increment(ref _turn) % Connections].SendAsync(request, CancellationToken.None);
        if (response.IsSuccessStatusCode) return response;
        using (response) throw new HttpRequestException($"{method} {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}", null, response.StatusCode);
    }
}
