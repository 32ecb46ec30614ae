using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Shared.Json;
using Tests.Chaos.Recording;
using Tests.Support;

namespace Tests.Chaos.Clients;

/// <summary>The administrator's connections to one member. What an answer means for a write is decided here: accepted, surely refused, or unknown.</summary>
internal sealed class MemberApi : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);
    private readonly HttpClient _http;

    public MemberApi(string member, Uri url, X509Certificate2 authority, string token)
    {
        Member = member;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { authority } };
        _http = new(new SocketsHttpHandler
        {
            SslOptions = new() { CertificateChainPolicy = policy },
            ConnectTimeout = TimeSpan.FromSeconds(2),
            // A member that stands still or is cut off closes nothing: only silence tells.
            KeepAlivePingDelay = TimeSpan.FromSeconds(2),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(3),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            EnableMultipleHttp2Connections = true,
        })
        {
            BaseAddress = url,
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        _http.DefaultRequestHeaders.Authorization = new("Bearer", token);
    }

    public string Member { get; }

    /// <summary>Whether <c>/readyz</c> says ok.</summary>
    public async Task<bool> IsReady()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            using var response = await _http.GetAsync(new Uri("/readyz", UriKind.Relative), limit.Token);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (IsOutage(e))
        {
            return false;
        }
    }

    /// <summary>Makes a namespace, whatever the member has just been through.</summary>
    /// <exception cref="TimeoutException">It could not be made.</exception>
    public Task CreateNamespace(string name) => ControlPlaneMembers.Until($"namespace {name} to be made", async () =>
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            using var content = Body($$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{name}}"} }""");
            using var response = await _http.PostAsync(new Uri("/api/v1/namespaces", UriKind.Relative), content, limit.Token);
            return response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.Conflict;
        }
        catch (Exception e) when (IsOutage(e))
        {
            return false;
        }
    });

    /// <summary>Carries an operation out, and waits for its answer as long as clients do.</summary>
    /// <param name="writer">The field manager of a write.</param>
    public async Task<Answer> Send(OperationRequest request, string @namespace, string writer)
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            using var message = Message(request, @namespace, writer);
            using var response = await _http.SendAsync(message, limit.Token);
            var body = await response.Content.ReadAsByteArrayAsync(limit.Token);
            return Read(request, response.StatusCode, body);
        }
        catch (Exception e) when (IsOutage(e))
        {
            return new Answer.Unknown(limit.IsCancellationRequested ? $"no answer in {Patience.TotalSeconds:0} s" : e.GetBaseException().Message);
        }
    }

    /// <summary>Opens a watch. The caller disposes the answer.</summary>
    /// <param name="from">The revision after which it begins; null for one that begins with the objects there are.</param>
    public async Task<HttpResponseMessage> Watch(string @namespace, long? from, TimeSpan lasting, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Patience);
        var begin = from is null ? "sendInitialEvents=true&resourceVersionMatch=NotOlderThan" : $"resourceVersion={from}";
        var path = $"{Path(@namespace)}?watch=1&allowWatchBookmarks=true&timeoutSeconds={lasting.TotalSeconds:0}&{begin}";
        return await _http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, limit.Token);
    }

    /// <summary>Whether this is how a server that is not there, or not well, shows.</summary>
    public static bool IsOutage(Exception e) => e is HttpRequestException or IOException or OperationCanceledException;

    public void Dispose() => _http.Dispose();

    private static string Path(string @namespace, string name = "") => $"/api/v1/namespaces/{@namespace}/configmaps{(name.Length == 0 ? "" : "/")}{name}";

    private static HttpRequestMessage Message(OperationRequest request, string @namespace, string writer)
    {
        var (path, manager) = (Path(@namespace, request.Kind == OperationKind.Create ? "" : request.Name), $"?fieldManager={writer}");
        return request.Kind switch
        {
            OperationKind.Create => new(HttpMethod.Post, path + manager) { Content = Body(ConfigMap(request)) },
            OperationKind.Update => new(HttpMethod.Put, path + manager) { Content = Body(ConfigMap(request)) },
            OperationKind.Patch => new(HttpMethod.Patch, path + manager) { Content = Body($$"""{"data":{{request.Content.ToJson()}}}""", "application/merge-patch+json") },
            OperationKind.Delete => new(HttpMethod.Delete, path + manager) { Content = Body(DeleteOptions(request)) },
            _ => new(HttpMethod.Get, path + (request.Version is { } version ? $"?resourceVersion={version}" : "")),
        };
    }

    private static string ConfigMap(OperationRequest request)
    {
        var version = request.Version is { } demanded ? $",\"resourceVersion\":\"{demanded}\"" : "";
        return $$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{request.Name}}"{{version}}},"data":{{request.Content.ToJson()}}}""";
    }

    private static string DeleteOptions(OperationRequest request)
    {
        var preconditions = new List<string>();
        if (request.Uid is { } uid) preconditions.Add($"\"uid\":\"{uid}\"");
        if (request.Version is { } version) preconditions.Add($"\"resourceVersion\":\"{version}\"");
        return $$"""{"apiVersion":"v1","kind":"DeleteOptions"{{(preconditions.Count == 0 ? "" : $",\"preconditions\":{{{string.Join(',', preconditions)}}}")}}}""";
    }

    private static ByteArrayContent Body(string json, string mediaType = "application/json") =>
        new(Encoding.UTF8.GetBytes(json)) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } };

    private static Answer Read(OperationRequest request, HttpStatusCode code, byte[] body)
    {
        using var json = JsonDocument.Parse(body);
        return (int)code switch
        {
            // The server has failed, or could not find out in time: what became of the write is not known.
            >= 500 => new Answer.Unknown($"{(int)code} {json.RootElement.Text("message")}"),
            >= 400 => new Answer.Refused((int)code, json.RootElement.Text("reason")),
            _ when request.Kind == OperationKind.List => ObjectReading.List(json.RootElement),
            _ when request.Kind == OperationKind.Delete => new Answer.Accepted(null),
            _ => new Answer.Accepted(ObjectReading.Object(json.RootElement)),
        };
    }
}
