using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Claims;
using System.Security.Cryptography.X509Certificates;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace ControlPlane.Access.OpenIdConnect;

/// <summary>Identity tokens of an OpenID Connect issuer, whose keys are fetched from where it says. By Kubernetes' authenticator of this name.</summary>
public sealed class OidcTokens : ITokenSource, IDisposable
{
    // Keys that a token names and nobody knows are asked for again no sooner: anybody can name keys.
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly JsonWebTokenHandler Handler = new() { MaximumTokenSizeInBytes = 64 * 1024 };
    private readonly OidcOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly ConfigurationManager<OpenIdConnectConfiguration> _issuer;

    /// <summary>Fetches nothing yet.</summary>
    public OidcTokens(OidcOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        var tls = new SslClientAuthenticationOptions();
        if (options.Authorities.Count > 0)
        {
            tls.CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(options.Authorities);
        }
        _http = new(new SocketsHttpHandler { SslOptions = tls, PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false }) { Timeout = Patience, MaxResponseContentBufferSize = 1024 * 1024 };
        _issuer = new(
            $"{options.Issuer.TrimEnd('/')}/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever(), new HttpDocumentRetriever(_http) { RequireHttps = true }) { RefreshInterval = Again };
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <inheritdoc/>
    public async ValueTask<TokenFinding?> Find(string token, ImmutableArray<string> audiences)
    {
        if (!Handler.TryRead(token, _options.Issuer, out var read)) return null;
        try
        {
            var validated = await Validate(token);
            if (validated.Exception is SecurityTokenSignatureKeyNotFoundException)
            {
                // It may have changed its keys since.
                _issuer.RequestRefresh();
                validated = await Validate(token);
            }
            return validated.IsValid ? User(read) : TokenFinding.Nobody(Fault(validated.Exception));
        }
        catch (Exception unknown) when (unknown is InvalidOperationException or IOException or HttpRequestException or OperationCanceledException)
        {
            return TokenFinding.Nobody($"{_options.Issuer} does not say by which keys it signs");
        }
    }

    private async Task<TokenValidationResult> Validate(string token)
    {
        using var end = new CancellationTokenSource(Patience, _time);
        var issuer = await _issuer.GetConfigurationAsync(end.Token);
        return await Handler.ValidateTokenAsync(token, new()
        {
            ValidIssuer = _options.Issuer,
            ValidAudience = _options.ClientId,
            ValidAlgorithms = _options.SigningAlgorithms,
            IssuerSigningKeys = issuer.SigningKeys,
            LifetimeValidator = IssuedTokens.At(_time),
        });
    }

    private TokenFinding User(JsonWebToken token)
    {
        foreach (var (claim, value) in _options.RequiredClaims)
        {
            if (Text(token, claim) != value) return TokenFinding.Nobody($"the token's claim {claim} is not {value}");
        }
        if (Text(token, _options.UsernameClaim) is not { Length: > 0 } name) return TokenFinding.Nobody($"the token has no claim {_options.UsernameClaim}");
        if (_options.UsernameClaim == "email" && token.TryGetClaim("email_verified", out var verified) && verified is not { ValueType: ClaimValueTypes.Boolean, Value: "true" }) return TokenFinding.Nobody("the token's email is not verified");

        // A list is as many claims of one name.
        var groups = token.Claims.Where(claim => claim.Type == _options.GroupsClaim && claim.ValueType == ClaimValueTypes.String).Select(claim => claim.Value);
        return TokenFinding.Known(new(_options.Prefix + name, [.. groups.Select(group => _options.GroupsPrefix + group).Append(UserInfo.Authenticated).Distinct()]), []);
    }

    private static string? Text(JsonWebToken token, string claim) => token.TryGetClaim(claim, out var found) && found.ValueType == ClaimValueTypes.String ? found.Value : null;

    private static string Fault(Exception? cause) => cause switch
    {
        SecurityTokenInvalidLifetimeException => "the token has expired, or is of the future",
        SecurityTokenInvalidAudienceException => "the token is for somebody else",
        SecurityTokenInvalidAlgorithmException => "the token is signed in a way that is not allowed",
        _ => "the signature of the token is not by a key of its issuer",
    };
}
