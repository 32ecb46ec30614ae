using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace ControlPlane.Access;

/// <summary>What credentials are known.</summary>
public sealed class CredentialOptions : AuthenticationSchemeOptions
{
    /// <summary>SHA-256 of each known bearer token and whom it stands for. Tokens themselves are not kept.</summary>
    public IReadOnlyList<(byte[] Digest, UserInfo User)> Tokens { get; set; } = [];
}

/// <summary>
/// ASP.NET authentication by client certificate (CN is the user, each O a group; the chain was checked in the TLS handshake) or bearer token.
/// A request without either is anonymous; one with a wrong token is refused.
/// </summary>
public sealed class CredentialAuthenticationHandler(IOptionsMonitor<CredentialOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<CredentialOptions>(options, logger, encoder)
{
    /// <summary>The scheme's name.</summary>
    public const string SchemeName = "credentials";

    private static readonly ConditionalWeakTable<UserInfo, AuthenticationTicket> Tickets = [];
    private static readonly ConditionalWeakTable<X509Certificate2, UserInfo> Certificates = [];
    private static readonly Task<AuthenticateResult> UnknownToken = Task.FromResult(AuthenticateResult.Fail("The bearer token is not known."));

    /// <summary>The user that authentication found for a request.</summary>
    public static UserInfo? UserOf(AuthenticateResult result) => (result.Principal?.Identity as UserIdentity)?.User;

    /// <inheritdoc/>
    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Headers.Authorization is [{ } authorization, ..])
        {
            const string Bearer = "Bearer ";
            if (!authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)) return UnknownToken;
            Span<byte> digest = stackalloc byte[32];
            SHA256.HashData(Encoding.UTF8.GetBytes(authorization, Bearer.Length, authorization.Length - Bearer.Length), digest);
            foreach (var (known, user) in Options.Tokens)
            {
                if (CryptographicOperations.FixedTimeEquals(known, digest)) return Success(user);
            }
            return UnknownToken;
        }
        return Success(Context.Connection.ClientCertificate is { } certificate ? Certificates.GetValue(certificate, Read) : UserInfo.Anonymous);
    }

    private static Task<AuthenticateResult> Success(UserInfo user) =>
        Task.FromResult(AuthenticateResult.Success(Tickets.GetValue(user, static u => new(new ClaimsPrincipal(new UserIdentity(u)), SchemeName))));

    private static UserInfo Read(X509Certificate2 certificate)
    {
        const string CommonName = "2.5.4.3", Organization = "2.5.4.10";
        var name = "";
        var groups = new List<string>();
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (part.HasMultipleElements) continue;
            switch (part.GetSingleElementType().Value)
            {
                case CommonName: name = part.GetSingleElementValue() ?? ""; break;
                case Organization: groups.Add(part.GetSingleElementValue() ?? ""); break;
            }
        }
        return name.Length == 0 ? UserInfo.Anonymous : new(name, [.. groups, UserInfo.Authenticated]);
    }

    private sealed class UserIdentity(UserInfo user) : ClaimsIdentity(SchemeName)
    {
        public UserInfo User => user;
        public override string Name => user.Name;
    }
}
