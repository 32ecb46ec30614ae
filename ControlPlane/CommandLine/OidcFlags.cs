using System.Collections.Immutable;
using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ControlPlane.Access.OpenIdConnect;

namespace ControlPlane.CommandLine;

/// <summary>The flags of <c>serve</c> that name an OpenID Connect issuer, called as kube-apiserver's.</summary>
internal static class OidcFlags
{
    private static readonly Option<string?> Issuer = new("--oidc-issuer-url") { Description = "An OpenID Connect issuer whose identity tokens users may show, https only.", HelpName = "URL" };
    private static readonly Option<string?> Client = new("--oidc-client-id") { Description = "For whom these tokens must be.", HelpName = "ID" };
    private static readonly Option<string> UsernameClaim = new("--oidc-username-claim") { Description = "The claim that is the user's name.", HelpName = "CLAIM", DefaultValueFactory = _ => "sub" };
    private static readonly Option<string?> UsernamePrefix = new("--oidc-username-prefix") { Description = "What is put before the name; else the issuer and # unless the claim is email. '-' for nothing.", HelpName = "TEXT" };
    private static readonly Option<string?> GroupsClaim = new("--oidc-groups-claim") { Description = "The claim that lists the user's groups.", HelpName = "CLAIM" };
    private static readonly Option<string> GroupsPrefix = new("--oidc-groups-prefix") { Description = "What is put before each group.", HelpName = "TEXT", DefaultValueFactory = _ => "" };
    private static readonly Option<string[]> RequiredClaim = new("--oidc-required-claim") { Description = "CLAIM=VALUE that a token must have. May be repeated.", HelpName = "CLAIM=VALUE" };
    private static readonly Option<string> SigningAlgorithms = new("--oidc-signing-algs") { Description = "How tokens may be signed, with commas between.", HelpName = "LIST", DefaultValueFactory = _ => "RS256" };
    private static readonly Option<FileInfo?> Authorities = new("--oidc-ca-file") { Description = "The authorities of the issuer's certificate, PEM; else those the machine trusts.", HelpName = "FILE" };
    private static readonly string[] Allowed = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"];

    public static readonly Option[] All = [Issuer, Client, UsernameClaim, UsernamePrefix, GroupsClaim, GroupsPrefix, RequiredClaim, SigningAlgorithms, Authorities];

    /// <summary>What they say; null where no issuer is named.</summary>
    /// <exception cref="CommandFailedException">They say something that can't be; the message names the flag.</exception>
    public static OidcOptions? Read(ParseResult parse)
    {
        if (parse.GetValue(Issuer) is not { } issuer)
        {
            return All.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false }) is { } alone ? throw new CommandFailedException($"{alone.Name} needs {Issuer.Name}.") : null;
        }
        if (!Uri.TryCreate(issuer, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps || url.Query.Length > 0 || url.Fragment.Length > 0) throw new CommandFailedException($"{Issuer.Name} '{issuer}' is not a URL that begins with https://.");
        var algorithms = parse.GetRequiredValue(SigningAlgorithms).Split(',', StringSplitOptions.TrimEntries).ToImmutableArray();
        if (algorithms.FirstOrDefault(name => !Allowed.Contains(name)) is { } odd) throw new CommandFailedException($"{SigningAlgorithms.Name} '{odd}' is not one of {string.Join(", ", Allowed)}.");
        return new()
        {
            Issuer = issuer,
            ClientId = parse.GetValue(Client) ?? throw new CommandFailedException($"{Issuer.Name} needs {Client.Name}."),
            UsernameClaim = parse.GetRequiredValue(UsernameClaim),
            UsernamePrefix = parse.GetValue(UsernamePrefix),
            GroupsClaim = parse.GetValue(GroupsClaim),
            GroupsPrefix = parse.GetRequiredValue(GroupsPrefix),
            RequiredClaims = [.. (parse.GetValue(RequiredClaim) ?? []).Select(Claim)],
            SigningAlgorithms = algorithms,
            Authorities = parse.GetValue(Authorities) is { } file ? Certificates(file) : [],
        };
    }

    private static (string, string) Claim(string text) => text.Split('=', 2) is [{ Length: > 0 } claim, var value] ? (claim, value) : throw new CommandFailedException($"{RequiredClaim.Name} '{text}' is not CLAIM=VALUE.");

    private static X509Certificate2Collection Certificates(FileInfo file)
    {
        try
        {
            X509Certificate2Collection found = [];
            found.ImportFromPemFile(file.FullName);
            return found.Count > 0 ? found : throw new CommandFailedException($"{Authorities.Name}: there is no certificate in {file.FullName}.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CommandFailedException($"{Authorities.Name}: {fault.Message}");
        }
    }
}
