using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Akka.Cluster;
using Akka.Actor;
using ControlPlane.Access.Joining;
using ControlPlane.Access.Pki;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Hosting;
using Shared.Joining;
using Shared.Json;

namespace ControlPlane.Gateway;

/// <summary>Where machines come in that join, as far as this control plane knows.</summary>
/// <param name="Files">What control planes share, by the names the files have in a data folder; read anew at every call.</param>
/// <param name="AgentPort">Where this control plane hears agents.</param>
public sealed record JoinSources(ClusterPki Pki, Func<IReadOnlyDictionary<string, string>> Files, IPAddress Address, int AgentPort);

/// <summary>
/// Answers machines that join. They have no certificate yet: the authority is told to everybody, and all else to who shows a bootstrap token for that purpose. An address that
/// shows wrong ones has to wait.
/// </summary>
public sealed partial class JoinHandler(JoinSources sources, WatchCache cache, ActorSystem system, TimeProvider time, ILogger<JoinHandler> logger)
{
    private const int MostBytes = 64 * 1024;
    private readonly FailureLimit _limit = new(time);

    /// <summary>Whether a request is for this handler, which knows its users itself.</summary>
    public static bool Serves(PathString path) => path.StartsWithSegments("/join");

    /// <summary>Answers. A rejection is returned; null means the answer was written.</summary>
    public async Task<ApiStatus?> Handle(HttpContext http)
    {
        var (method, path) = (http.Request.Method, http.Request.Path.Value);
        if (method == HttpMethods.Get && path == JoinPaths.Authority) return await Answer(http, new() { ["authority"] = sources.Pki.AuthorityPem });
        if (method != HttpMethods.Post) return ApiStatus.NoSuchPath();
        return path switch
        {
            JoinPaths.ControlPlane => Refusal(http, JoinPurpose.ControlPlane) ?? await ControlPlane(http),
            JoinPaths.Node => Refusal(http, JoinPurpose.Node) ?? await Node(http),
            JoinPaths.Renewal => await Renew(http),
            _ => ApiStatus.NoSuchPath(),
        };
    }

    private ApiStatus? Refusal(HttpContext http, JoinPurpose purpose)
    {
        var from = http.Connection.RemoteIpAddress ?? IPAddress.None;
        if (_limit.Wait(from) is > 0 and var seconds) return new(429, "TooManyRequests", $"{from} has shown too many tokens that are not valid; try again in {seconds} s") { RetryAfterSeconds = seconds };
        const string Bearer = "Bearer ";
        var shown = http.Request.Headers.Authorization is [{ } header, ..] && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..] : "";
        var why = BootstrapToken.TryParse(shown, out var token)
            ? BootstrapTokenSecret.Refusal(cache.Get(BootstrapTokenSecret.Key(token.Id)), token, purpose, time.GetUtcNow())
            : "a bootstrap token is needed, of the form ID.SECRET";
        if (why is null)
        {
            LogJoins(logger, from, BootstrapTokenSecret.Word(purpose), token!.Id);
            return null;
        }
        _limit.Failed(from);
        LogRefused(logger, from, why);
        return new(401, "Unauthorized", why);
    }

    private async Task<ApiStatus?> ControlPlane(HttpContext http)
    {
        var files = new JsonObject();
        foreach (var (name, text) in sources.Files()) files[name] = text;
        return await Answer(http, new() { ["files"] = files, ["seeds"] = new JsonArray([.. Members().Select(member => (JsonNode)$"{member.Host}:{member.Port}")]) });
    }

    private async Task<ApiStatus?> Node(HttpContext http)
    {
        var (body, unread) = await Body(http);
        if (body is null) return unread;
        var name = body.Text("name");
        if (Uri.CheckHostName(name) != UriHostNameType.Dns || name.Length > 253 || name != name.ToLowerInvariant()) return ApiStatus.BadRequest("name is not the name of a node: lower-case letters, digits, '-' and '.'");
        if (!IPAddress.TryParse(body.Text("address"), out var address)) return ApiStatus.BadRequest("address is not an IP address");
        if (cache.Get(new("", "nodes", "", name)) is not null)
        {
            return new(409, "Conflict", $"there is a node {name} already, and a token does not make another machine of it; delete it first: kubectl delete node {name}");
        }
        if (sources.Pki.SignNode(name, [address], body.Text("request"), out var fault) is not { } certificate) return ApiStatus.BadRequest(fault);
        return await Answer(http, new() { ["certificate"] = certificate, ["authority"] = sources.Pki.AuthorityPem, ["seeds"] = new JsonArray([.. AgentPorts().Select(seed => (JsonNode)seed)]) });
    }

    // It is who its certificate says, which the handshake has judged, and stays that.
    private async Task<ApiStatus?> Renew(HttpContext http)
    {
        if (http.Connection.ClientCertificate is not { } shown || ProcessCertificate.NodeOf(shown) is not { } name) return new(401, "Unauthorized", "a certificate of one node is needed");
        var (body, unread) = await Body(http);
        if (body is null) return unread;
        var addresses = shown.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(names => names.EnumerateIPAddresses());
        if (sources.Pki.SignNode(name, addresses, body.Text("request"), out var fault) is not { } certificate) return ApiStatus.BadRequest(fault);
        return await Answer(http, new() { ["certificate"] = certificate, ["authority"] = sources.Pki.AuthorityPem });
    }

    // Others on this very host have ports that are not known here.
    private IEnumerable<string> AgentPorts() => Members().Select(member => member.Host!).Where(host => host != sources.Address.ToString()).Prepend(sources.Address.ToString()).Distinct().Select(host => $"{host}:{sources.AgentPort}");

    private IEnumerable<Address> Members() => Cluster.Get(system).State.Members.Where(member => member.Status == MemberStatus.Up).Select(member => member.Address);

    private static async Task<(JsonNode? Body, ApiStatus? Fault)> Body(HttpContext http)
    {
        var bytes = new byte[MostBytes];
        var length = await http.Request.Body.ReadAtLeastAsync(bytes, MostBytes, throwOnEndOfStream: false, http.RequestAborted);
        if (length == MostBytes) return (null, ApiStatus.TooLarge("a request to join is shorter"));
        try
        {
            return (JsonNode.Parse(bytes.AsSpan(0, length)) as JsonObject ?? throw new System.Text.Json.JsonException(), null);
        }
        catch (System.Text.Json.JsonException)
        {
            return (null, ApiStatus.BadRequest("the body is not a JSON object"));
        }
    }

    private static async Task<ApiStatus?> Answer(HttpContext http, JsonObject body)
    {
        http.Response.Headers.CacheControl = "no-store";
        await Responses.Bytes(http, ObjectJson.ToUtf8(body));
        return null;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{From} joins as a {Purpose} with token {Token}")]
    private static partial void LogJoins(ILogger logger, IPAddress from, string purpose, string token);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{From} may not join: {Why}")]
    private static partial void LogRefused(ILogger logger, IPAddress from, string why);
}
