using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using k8s.Models;
using NodeActor.Runtime;

namespace NodeActor.Probes;

/// <summary>
/// Runs exec, httpGet, tcpSocket and grpc handlers against a container. A failure is a result, never an exception; messages are the kubelet's.
/// </summary>
public sealed class ProbeRunner(IPodRuntime runtime) : IDisposable
{
    private const int LongestBody = 10 * 1024;

    // A probe asks whether this server answers, not whether it is who it says: Kubernetes does not verify certificates here.
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.Zero,
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    private readonly GrpcHealthProbe _grpc = new();

    /// <summary>Runs a probe.</summary>
    /// <param name="host">The pod's address, for handlers that name none.</param>
    public Task<ProbeResult> ProbeAsync(V1Probe probe, V1Container container, string containerId, string host, CancellationToken cancel)
    {
        var timeout = ProbeSettings.Of(probe).Timeout;
        if (probe.Exec is { } exec) return ExecAsync(containerId, [.. exec.Command ?? []], timeout, cancel);
        if (probe.HttpGet is { } http) return HttpAsync(http, container, host, timeout, cancel);
        if (probe.TcpSocket is { } tcp) return TcpAsync(tcp.Host is { Length: > 0 } named ? named : host, Port(tcp.Port, container), timeout, cancel);
        if (probe.Grpc is { } grpc) return _grpc.CheckAsync(host, grpc.Port, grpc.Service ?? "", timeout, cancel);
        return Task.FromResult(new ProbeResult(false, "missing probe handler"));
    }

    /// <summary>Runs a lifecycle hook's httpGet.</summary>
    public Task<ProbeResult> HttpAsync(V1HTTPGetAction get, V1Container container, string host, TimeSpan timeout, CancellationToken cancel)
    {
        var scheme = get.Scheme is { Length: > 0 } named ? named.ToLowerInvariant() : "http";
        var target = get.Host is { Length: > 0 } given ? given : host;
        var port = Port(get.Port, container);
        if (port == 0) return Task.FromResult(new ProbeResult(false, $"no port named {get.Port.Value}"));
        var path = get.Path is { Length: > 0 } set ? set : "/";
        var address = target.Contains(':', StringComparison.Ordinal) ? $"[{target}]" : target;
        return Uri.TryCreate($"{scheme}://{address}:{port}{(path.StartsWith('/') ? "" : "/")}{path}", UriKind.Absolute, out var uri)
            ? HttpAsync(uri, get.HttpHeaders ?? [], timeout, cancel)
            : Task.FromResult(new ProbeResult(false, $"invalid URL for {address}:{port}"));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _grpc.Dispose();
    }

    private async Task<ProbeResult> ExecAsync(string containerId, string[] command, TimeSpan timeout, CancellationToken cancel)
    {
        try
        {
            var result = await runtime.ExecAsync(containerId, command, timeout, cancel);
            return new(result.ExitCode == 0, Cut(result.Output));
        }
        catch (TimeoutException)
        {
            return new(false, $"command timed out: \"{string.Join(' ', command)}\" timed out after {timeout.TotalSeconds:0}s");
        }
        catch (RuntimeException error)
        {
            return new(false, error.Message);
        }
    }

    private async Task<ProbeResult> HttpAsync(Uri uri, IList<V1HTTPHeader> headers, TimeSpan timeout, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(timeout);
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        foreach (var header in headers)
        {
            if (string.Equals(header.Name, "Host", StringComparison.OrdinalIgnoreCase)) request.Headers.Host = header.Value;
            else request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        }
        if (headers.All(one => !string.Equals(one.Name, "User-Agent", StringComparison.OrdinalIgnoreCase))) request.Headers.UserAgent.ParseAdd("kube-probe/1.32");
        request.Headers.ConnectionClose = true;
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return new((int)response.StatusCode is >= 200 and < 400, $"HTTP probe failed with statuscode: {(int)response.StatusCode}");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new(false, $"Get \"{uri}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
        }
        catch (HttpRequestException error)
        {
            return new(false, $"Get \"{uri}\": {Reason(error)}");
        }
    }

    private static async Task<ProbeResult> TcpAsync(string host, int port, TimeSpan timeout, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(timeout);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(host, port, limit.Token);
            return new(true, "");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new(false, $"dial tcp {host}:{port}: i/o timeout");
        }
        catch (SocketException error)
        {
            return new(false, $"dial tcp {host}:{port}: connect: {error.Message.ToLowerInvariant()}");
        }
    }

    /// <summary>A port by number, or by its name in the container; 0 if there is none of that name.</summary>
    private static int Port(IntOrString port, V1Container container) =>
        int.TryParse(port.Value, CultureInfo.InvariantCulture, out var number)
            ? number
            : (container.Ports ?? []).FirstOrDefault(one => one.Name == port.Value)?.ContainerPort ?? 0;

    private static string Reason(HttpRequestException error) =>
        error.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused } ? "connect: connection refused" : error.Message;

    private static string Cut(string text) => Encoding.UTF8.GetByteCount(text) <= LongestBody ? text : text[..LongestBody];
}
