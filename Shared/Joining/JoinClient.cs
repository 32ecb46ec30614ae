using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Shared.Hosting;
using Shared.Json;

namespace Shared.Joining;

/// <summary>
/// A machine that joins: asks a control plane for the cluster's authority, believes it if its hash is the one of the ticket, and only then, over a connection whose other end
/// that authority made a control plane, shows its token. Nothing secret goes the other way before that.
/// </summary>
public sealed class JoinClient(JoinTicket ticket)
{
    private const int MostBytes = 1 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Fetches what the path gives, with the token.</summary>
    /// <returns>The authorities to trust, as PEM, and the answer.</returns>
    /// <exception cref="JoinRefusedException">The control plane can't be reached, is not of the cluster the ticket is for, or refuses; the message says which.</exception>
    public async Task<(string Authorities, JsonNode Answer)> Join(string path, JsonNode body, CancellationToken stop)
    {
        var authorities = await Discover(stop);
        using var http = Client((certificate, chain) => certificate is not null && ProcessCertificate.Has(certificate, ProcessRole.Member) && IsSigned(certificate, chain, authorities), null);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body.ToJsonString(), new MediaTypeHeaderValue("application/json")) };
        request.Headers.Authorization = new("Bearer", ticket.Token.Bearer);
        return (authorities.ExportCertificatePems() + "\n", await Send(http, request, stop));
    }

    /// <summary>Asks as a node that has joined already, by its certificate and not by the token.</summary>
    /// <exception cref="JoinRefusedException">The control plane can't be reached, or refuses.</exception>
    public async Task<JsonNode> Renew(RemoteIdentity identity, JsonNode body, CancellationToken stop)
    {
        using var http = Client(
            (certificate, _) => certificate is not null && ProcessCertificate.Has(certificate, ProcessRole.Member) && ProcessCertificate.IsSigned(certificate, identity.Authority, DateTimeOffset.UtcNow),
            identity.Own);
        using var request = new HttpRequestMessage(HttpMethod.Post, JoinPaths.Renewal) { Content = new StringContent(body.ToJsonString(), new MediaTypeHeaderValue("application/json")) };
        return await Send(http, request, stop);
    }

    // Whoever answers here may be anybody: what it says is compared with the hash.
    private async Task<X509Certificate2Collection> Discover(CancellationToken stop)
    {
        using var http = Client((_, _) => true, null);
        using var request = new HttpRequestMessage(HttpMethod.Get, JoinPaths.Authority);
        var answer = await Send(http, request, stop);
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(answer.Text("authority"));
        }
        catch (CryptographicException cause)
        {
            throw new JoinRefusedException($"{ticket.Host}:{ticket.Port} shows no authority", cause);
        }
        var known = found.Where(authority => AuthorityHash.Of(authority) == ticket.AuthorityHash).ToArray();
        if (known.Length == 0)
        {
            throw new JoinRefusedException($"the authority of {ticket.Host}:{ticket.Port} is not the one of the token (wrong hash): this is another cluster, or somebody in between. Nothing was sent to it");
        }

        // Only what the hash vouches for is believed now; the rest comes over a connection that it vouches for too.
        return [.. known];
    }

    private static async Task<JsonNode> Send(HttpClient http, HttpRequestMessage request, CancellationToken stop)
    {
        try
        {
            using var answer = await http.SendAsync(request, stop);
            var text = await answer.Content.ReadAsStringAsync(stop);
            var said = JsonNode.Parse(text);
            return answer.IsSuccessStatusCode && said is not null ? said : throw new JoinRefusedException(said.Text("message"));
        }
        catch (Exception e) when (e is HttpRequestException or System.Text.Json.JsonException || (e is TaskCanceledException && !stop.IsCancellationRequested))
        {
            throw new JoinRefusedException($"{http.BaseAddress} can't be asked: {e.InnerException?.Message ?? e.Message}", e);
        }
    }

    private HttpClient Client(Func<X509Certificate2?, X509Chain?, bool> believes, X509Certificate2? own) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        SslOptions = new SslClientAuthenticationOptions
        {
            ClientCertificates = own is null ? null : [own],
            RemoteCertificateValidationCallback = (_, certificate, chain, _) => believes(certificate as X509Certificate2, chain),
        },
    })
    {
        BaseAddress = new Uri($"https://{ticket.Host}:{ticket.Port}"),
        Timeout = Patience,
        MaxResponseContentBufferSize = MostBytes,
    };

    private static bool IsSigned(X509Certificate2 certificate, X509Chain? shown, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        if (shown is not null) chain.ChainPolicy.ExtraStore.AddRange(shown.ChainPolicy.ExtraStore);
        return chain.Build(certificate);
    }
}

/// <summary>Where control planes answer who joins.</summary>
public static class JoinPaths
{
    /// <summary>GET: the authority, for everybody.</summary>
    public const string Authority = "/join/authority";

    /// <summary>POST: what control planes share.</summary>
    public const string ControlPlane = "/join/control-plane";

    /// <summary>POST: a certificate for a node.</summary>
    public const string Node = "/join/node";

    /// <summary>POST: another certificate for a node that shows one.</summary>
    public const string Renewal = "/join/renewal";
}

/// <summary>A machine could not join. The message is for the user.</summary>
public sealed class JoinRefusedException(string message, Exception? cause = null) : Exception($"This machine could not join: {message}.", cause);
