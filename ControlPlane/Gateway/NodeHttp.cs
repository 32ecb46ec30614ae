using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using ControlPlane.Journal;
using Shared.Api;
using Shared.Hosting;
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
    /// <param name="authorities">The cluster's certificate authority, or two while it is replaced.</param>
    /// <param name="client">The certificate agents know the gateway by.</param>
    /// <param name="ending">Signalled when this process ends: streams end with it.</param>
    public NodeHttp(WatchCache cache, TrustedAuthorities authorities, X509Certificate2 client, CancellationToken ending)
    {
        (_cache, _ending) = (cache, ending);
        _http = new(new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            MaxConnectionsPerServer = 256,
            SslOptions = new()
            {
                ClientCertificates = [client],
                RemoteCertificateValidationCallback = (_, certificate, _, faults) => IsTrusted(certificate as X509Certificate2, faults, authorities),
                EnabledSslProtocols = System.Security.Authentication.SslProtocols.None,
            },
        });
    }

    // Who signed it is judged by the authorities as they are now; that it names the node was judged already.
    private static bool IsTrusted(X509Certificate2? certificate, SslPolicyErrors faults, TrustedAuthorities authorities)
    {
        if (certificate is null || (faults & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None) return false;
        using var chain = new X509Chain { ChainPolicy = authorities.Policy() };
        chain.ChainPolicy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.1")); // server authentication
        return chain.Build(certificate);
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
