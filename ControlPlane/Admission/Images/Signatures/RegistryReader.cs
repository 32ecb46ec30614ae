using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Admission.Images.Signatures;

/// <summary>A registry did not give what it was asked for. The message says why, and is for who writes a pod.</summary>
internal sealed class RegistryException(string why) : IOException(why);

/// <summary>
/// Reads from one repository of a registry, by the distribution protocol of the OCI (https://github.com/opencontainers/distribution-spec) and over TLS only. Every answer has a largest size; time is
/// bounded by who asks. With credentials where the pod's pull secrets have some, else as nobody in particular, and in both cases with the token that the registry sends for. Not thread-safe.
/// </summary>
internal sealed partial class RegistryReader : IDisposable
{
    private const int LongestManifest = 1024 * 1024;
    private const int LongestBlob = 64 * 1024;
    private const int LongestToken = 64 * 1024;
    private const int MostRedirects = 3;

    // docker.io is the name of the images, not of a server.
    private const string DefaultServer = "registry-1.docker.io";
    private const string Manifests = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";
    private readonly HttpMessageInvoker _http;
    private readonly ImageReference _image;
    private readonly RegistryCredentials? _credentials;
    private readonly Uri _server;
    private AuthenticationHeaderValue? _authorization;

    /// <summary>Connects to nobody yet.</summary>
    /// <param name="image">Whose repository is read.</param>
    /// <param name="authorities">Base64 of PEM certificates the registry is known by; empty: those the system trusts.</param>
    /// <param name="credentials">Null for none.</param>
    /// <exception cref="RegistryException">The registry's name is none of a server.</exception>
    public RegistryReader(ImageReference image, string authorities, RegistryCredentials? credentials)
    {
        (_image, _credentials) = (image, credentials);
        _server = Uri.TryCreate($"https://{(image.Registry == ImageReference.DefaultRegistry ? DefaultServer : image.Registry)}/", UriKind.Absolute, out var server) ? server : throw new RegistryException($"{image.Registry} is no server's name");
        _http = new(new SocketsHttpHandler
        {
            SslOptions = ServerTrust.Tls(authorities),
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
        });
    }

    /// <summary>The manifest with a tag; null if there is none.</summary>
    /// <exception cref="RegistryException">It can't be read.</exception>
    public Task<ReadOnlyMemory<byte>?> Manifest(string tag, CancellationToken stop) => Read($"manifests/{tag}", Manifests, LongestManifest, stop);

    /// <summary>A blob. What comes is what the digest says.</summary>
    /// <param name="digest">Of SHA-256.</param>
    /// <exception cref="RegistryException">It can't be read, or is another one.</exception>
    public async Task<ReadOnlyMemory<byte>> Blob(string digest, CancellationToken stop)
    {
        var body = await Read($"blobs/{digest}", "*/*", LongestBlob, stop) ?? throw new RegistryException($"registry {_image.Registry} has no blob {digest}, which it refers to itself");
        return $"sha256:{Convert.ToHexStringLower(SHA256.HashData(body.Span))}" == digest ? body : throw new RegistryException($"registry {_image.Registry} sent something else for blob {digest}");
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<ReadOnlyMemory<byte>?> Read(string what, string accepts, int longest, CancellationToken stop)
    {
        var url = new Uri(_server, $"v2/{_image.Repository}/{what}");
        using var first = await Get(url, accepts, stop);
        if (first.StatusCode != HttpStatusCode.Unauthorized || _authorization is not null) return await Body(first, longest, stop);
        await Authorize(first.Headers.WwwAuthenticate, stop);
        using var second = await Get(url, accepts, stop);
        return await Body(second, longest, stop);
    }

    private async Task<ReadOnlyMemory<byte>?> Body(HttpResponseMessage answer, int longest, CancellationToken stop)
    {
        switch (answer.StatusCode)
        {
            case HttpStatusCode.OK: break;
            case HttpStatusCode.NotFound: return null;
            case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden: throw Unauthorized((int)answer.StatusCode);
            default: throw new RegistryException(string.Create(CultureInfo.InvariantCulture, $"registry {_image.Registry} answered with {(int)answer.StatusCode}"));
        }
        return await Bounded(answer, longest, stop);
    }

    private async Task<ReadOnlyMemory<byte>> Bounded(HttpResponseMessage answer, int longest, CancellationToken stop)
    {
        var (body, whole) = await BoundedBody.Read(answer.Content, longest, stop);
        return whole ? body : throw new RegistryException($"registry {_image.Registry} answered with more than {longest} bytes");
    }

    // Blobs often lie on another server. Who is sent there brings no credentials, and blobs are known by their digest.
    private async Task<HttpResponseMessage> Get(Uri url, string accepts, CancellationToken stop)
    {
        for (var redirects = 0; ; redirects++)
        {
            var answer = await Send(url, accepts, IsOfRegistry(url) ? _authorization : null, stop);
            if (answer.StatusCode is not (HttpStatusCode.Moved or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect)) return answer;
            using (answer)
            {
                if (redirects == MostRedirects) throw new RegistryException($"registry {_image.Registry} sent its reader on more than {MostRedirects} times");
                url = answer.Headers.Location is { } there ? new(url, there) : throw new RegistryException($"registry {_image.Registry} sent its reader on to nowhere");
                if (url.Scheme != Uri.UriSchemeHttps) throw new RegistryException($"registry {_image.Registry} sent its reader on to {url.Host} without TLS");
            }
        }
    }

    private async Task<HttpResponseMessage> Send(Uri url, string accepts, AuthenticationHeaderValue? authorization, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("Accept", accepts);
        request.Headers.UserAgent.ParseAdd("actors-image-policy");
        request.Headers.Authorization = authorization;
        try
        {
            return await _http.SendAsync(request, stop);
        }
        catch (HttpRequestException fault)
        {
            throw new RegistryException($"registry {_image.Registry} can't be reached: {ConnectionFaults.Words(fault, url)}");
        }
    }

    private async Task Authorize(HttpHeaderValueCollection<AuthenticationHeaderValue> challenges, CancellationToken stop)
    {
        var basic = _credentials is null ? null : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_credentials.User}:{_credentials.Password}")));
        if (challenges.FirstOrDefault(challenge => challenge.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)) is not { Parameter: { } parameters })
        {
            _authorization = basic ?? throw Unauthorized((int)HttpStatusCode.Unauthorized);
            return;
        }
        var given = Parameter().Matches(parameters).ToLookup(found => found.Groups["name"].Value.ToLowerInvariant(), found => found.Groups["text"].Value);
        if (!Uri.TryCreate(given["realm"].FirstOrDefault(), UriKind.Absolute, out var realm) || realm.Scheme != Uri.UriSchemeHttps)
        {
            throw new RegistryException($"registry {_image.Registry} sends its reader for a token to a place without TLS");
        }
        var query = $"{(realm.Query.Length > 1 ? $"{realm.Query}&" : "?")}service={Uri.EscapeDataString(given["service"].FirstOrDefault() ?? "")}&scope={Uri.EscapeDataString($"repository:{_image.Repository}:pull")}";
        using var answer = await Send(new(realm, query), "application/json", basic, stop);
        if (answer.StatusCode != HttpStatusCode.OK) throw Unauthorized((int)answer.StatusCode);
        _authorization = new("Bearer", Token((await Bounded(answer, LongestToken, stop)).Span));
    }

    private string Token(ReadOnlySpan<byte> body)
    {
        try
        {
            var token = ObjectLimits.Parse(body);
            if ((token.Text("token") is { Length: > 0 } given ? given : token.Text("access_token")) is { Length: > 0 } text && !text.AsSpan().ContainsAnyExceptInRange('!', '~')) return text;
        }
        catch (JsonException)
        {
            // Said below, as of one that holds no token.
        }
        throw new RegistryException($"registry {_image.Registry} sent its reader for a token and there was none");
    }

    private RegistryException Unauthorized(int code)
    {
        var status = code.ToString(CultureInfo.InvariantCulture);
        return new(_credentials is null
            ? $"registry {_image.Registry} lets nobody read {_image.Repository} who has no credentials ({status}): give the pod imagePullSecrets with some"
            : $"registry {_image.Registry} does not let {_credentials.User} of the pod's imagePullSecrets read {_image.Repository} ({status})");
    }

    private bool IsOfRegistry(Uri url) => url.Host == _server.Host && url.Port == _server.Port;

    [GeneratedRegex("""(?<name>[A-Za-z_]+)=(?:"(?<text>[^"]*)"|(?<text>[^\s,"]+))""", RegexOptions.NonBacktracking)]
    private static partial Regex Parameter();
}
