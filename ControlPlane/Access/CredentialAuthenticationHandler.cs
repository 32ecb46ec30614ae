using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Security.Cryptography.X509Certificates;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace ControlPlane.Access;

/// <summary>
/// ASP.NET authentication by client certificate (CN is the user, each O a group; the chain was checked in the TLS handshake) or bearer token.
/// A request without either is anonymous; one with a wrong token is refused.
/// </summary>
public sealed class CredentialAuthenticationHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, TokenAuthenticator tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    /// <summary>The scheme's name.</summary>
    public const string SchemeName = "credentials";

    private static readonly ConditionalWeakTable<UserInfo, AuthenticationTicket> Tickets = [];
    private static readonly ConditionalWeakTable<X509Certificate2, UserInfo> Certificates = [];
    private static readonly AuthenticateResult UnknownToken = AuthenticateResult.Fail("The bearer token is not known.");

    /// <summary>The user that authentication found for a request.</summary>
    public static UserInfo? UserOf(AuthenticateResult result) => (result.Principal?.Identity as UserIdentity)?.User;

    /// <inheritdoc/>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Headers.Authorization is [{ } authorization, ..])
        {
            const string Bearer = "Bearer ";
            if (!authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)) return UnknownToken;
            return (await tokens.Find(authorization[Bearer.Length..], [])).User is { } found ? Success(found) : UnknownToken;
        }
        return Success(Context.Connection.ClientCertificate is { } certificate ? Certificates.GetValue(certificate, Read) : UserInfo.Anonymous);
    }

    private static AuthenticateResult Success(UserInfo user) =>
        AuthenticateResult.Success(Tickets.GetValue(user, static u => new(new ClaimsPrincipal(new UserIdentity(u)), SchemeName)));

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
