using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace ControlPlane.Admission.Webhooks;

/// <summary>
/// HTTPS to one webhook: connections are kept and used again, so many at most are open at once, an answer has a largest size, and all of it a time. The server must show a certificate for the
/// name it is called by, of the authorities that the configuration gives or, without any, of those the system trusts.
/// </summary>
internal sealed class WebhookLine : IWebhookLine
{
    /// <summary>Questions that may be under way to one webhook; the others wait, and that is part of their time.</summary>
    private const int AtOnce = 64;

    // An object of the largest size in base64, twice over: a patch may name everything.
    private const int LongestAnswer = 8 * 1024 * 1024;
    private const int LongestShown = 256;

    // Endpoints change: who holds a connection for ever speaks to one of them only.
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(2);
    private readonly WebhookAddress _address;
    private readonly IServiceEndpoints _endpoints;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _line = new(AtOnce);
    private readonly Lock _gate = new();
    private HttpMessageInvoker? _http;
    private int _users;
    private bool _retired;

    /// <summary>Connects to nobody yet.</summary>
    public WebhookLine(WebhookAddress address, IServiceEndpoints endpoints, TimeProvider time) => (_address, _endpoints, _time) = (address, endpoints, time);

    /// <inheritdoc/>
    public async Task<WebhookReply> Send(byte[] review, TimeSpan patience, CancellationToken stop)
    {
        using var end = new CancellationTokenSource(patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, stop);
        try
        {
            await _line.WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            return Failed("context deadline exceeded: too many calls are under way");
        }
        try
        {
            return await Post(Rent(), review, either.Token);
        }
        catch (OperationCanceledException)
        {
            return Failed("context deadline exceeded");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or CryptographicException or FormatException)
        {
            return Failed(ConnectionFaults.Words(fault, _address.Url));
        }
        finally
        {
            Return();
            _line.Release();
        }
    }

    /// <inheritdoc/>
    public void Retire()
    {
        lock (_gate)
        {
            _retired = true;
            CloseIfUnused();
        }
    }

    private async Task<WebhookReply> Post(HttpMessageInvoker http, byte[] review, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _address.Url) { Content = new ByteArrayContent(review) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.UserAgent.ParseAdd("kube-apiserver-admission");
        using var response = await http.SendAsync(request, stop);
        var (body, whole) = await BoundedBody.Read(response.Content, LongestAnswer, stop);
        if (!response.IsSuccessStatusCode) return new(default, $"failed to call webhook: {Refusal((int)response.StatusCode, body.Span)}");
        return whole ? new(body, null) : new(default, $"failed to call webhook: the response is longer than {LongestAnswer} bytes");
    }

    // In the words of Kubernetes' client for what is no Status.
    private static string Refusal(int code, ReadOnlySpan<byte> body)
    {
        var text = Encoding.UTF8.GetString(body[..Math.Min(body.Length, LongestShown)]).Trim();
        return code switch
        {
            404 => "the server could not find the requested resource",
            >= 500 => $"an error on the server (\"{text}\") has prevented the request from succeeding",
            _ => $"the server rejected our request for an unknown reason (code {code}: \"{text}\")",
        };
    }

    private WebhookReply Failed(string why) => new(default, $"failed to call webhook: Post \"{_address.Shown}\": {why}");

    private HttpMessageInvoker Rent()
    {
        lock (_gate)
        {
            _users++;
            return _http ??= Connect();
        }
    }

    private void Return()
    {
        lock (_gate)
        {
            _users--;
            CloseIfUnused();
        }
    }

    // Who asks a retired one, having looked just before it was, opens it once more.
    private void CloseIfUnused()
    {
        if (!_retired || _users > 0) return;
        _http?.Dispose();
        _http = null;
    }

    private HttpMessageInvoker Connect()
    {
        return new(new SocketsHttpHandler
        {
            SslOptions = ServerTrust.Tls(_address.Authorities),
            PooledConnectionLifetime = ConnectionLife,
            MaxConnectionsPerServer = AtOnce,
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectCallback = _address.Service is { } service ? (_, stop) => Connect(service, stop) : null,
        });
    }

    private async ValueTask<Stream> Connect(WebhookService service, CancellationToken stop)
    {
        Exception? last = null;
        foreach (var endpoint in _endpoints.Of(service))
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(endpoint, stop);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException unreachable)
            {
                socket.Dispose();
                last = unreachable;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw last ?? new NoEndpointsException($"no endpoints available for service \"{service.Name}\"");
    }
}
