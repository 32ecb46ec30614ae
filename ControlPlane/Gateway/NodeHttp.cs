using System.Security.Cryptography.X509Certificates;
using ControlPlane.Journal;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Gateway;

/// <summary>
/// Passes requests on to node agents over their HTTPS port, as the cluster's kubelet client. A node must show a certificate of the cluster's
/// authority.
/// </summary>
public sealed class NodeHttp : IDisposable
{
    private const int DefaultPort = 10250;
    private readonly WatchCache _cache;
    private readonly CancellationToken _ending;
    private readonly HttpMessageInvoker _http;

    /// <param name="cache">Where nodes' addresses are read.</param>
    /// <param name="authority">The cluster's certificate authority.</param>
    /// <param name="client">The certificate agents know the gateway by.</param>
    /// <param name="ending">Signalled when this process ends: streams end with it.</param>
    public NodeHttp(WatchCache cache, X509Certificate2 authority, X509Certificate2 client, CancellationToken ending)
    {
        (_cache, _ending) = (cache, ending);
        var trusted = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trusted.CustomTrustStore.Add(authority);
        _http = new(new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            MaxConnectionsPerServer = 256,
            SslOptions = new() { ClientCertificates = [client], CertificateChainPolicy = trusted, EnabledSslProtocols = System.Security.Authentication.SslProtocols.None },
        });
    }

    /// <summary>Streams a GET of a node's path to the client. A rejection if the node cannot be reached or refuses; null when it was answered.</summary>
    public async Task<ApiStatus?> Forward(HttpContext http, string nodeName, string pathAndQuery)
    {
        if (Address(nodeName) is not { } address) return ApiStatus.ServiceUnavailable($"node {nodeName} has no address to reach it by");
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"https://{address}{pathAndQuery}");
            using var response = await _http.SendAsync(request, http.RequestAborted);
            if (!response.IsSuccessStatusCode)
            {
                var text = await response.Content.ReadAsStringAsync(http.RequestAborted);
                return new((int)response.StatusCode, (int)response.StatusCode == 404 ? "NotFound" : "BadRequest", text.Trim());
            }
            http.Response.ContentType = response.Content.Headers.ContentType?.ToString() ?? "text/plain";
            await using var body = await response.Content.ReadAsStreamAsync(http.RequestAborted);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _ending);
            await Copy(body, http, stop.Token);
            return null;
        }
        catch (HttpRequestException e)
        {
            return ApiStatus.ServiceUnavailable($"node {nodeName} cannot be reached: {e.Message}");
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested || _ending.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static async Task Copy(Stream body, HttpContext http, CancellationToken stop)
    {
        var output = http.Response.BodyWriter;
        await output.FlushAsync(stop);
        while (true)
        {
            var read = await body.ReadAsync(output.GetMemory(8192), stop);
            if (read == 0) return;
            output.Advance(read);
            await output.FlushAsync(stop);
        }
    }

    private string? Address(string nodeName)
    {
        if (_cache.Get(new("", "nodes", "", nodeName)) is not { } node) return null;
        var status = node.ToJsonObject().Child("status");
        var port = status.Number("daemonEndpoints", "kubeletEndpoint", "Port") ?? DefaultPort;
        var address = status.Objects("addresses").FirstOrDefault(entry => entry.Text("type") == "InternalIP").Text("address");
        return string.IsNullOrEmpty(address) ? null : $"{address}:{port}";
    }
}
