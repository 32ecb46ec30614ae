using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;

namespace ControlPlane.Access.OpenIdConnect;

/// <summary>An issuer of identity tokens and how users are read from them: kube-apiserver's flags of these names.</summary>
public sealed record OidcOptions
{
    /// <summary>Where the issuer is: <c>https</c>, as its tokens name it.</summary>
    public required string Issuer { get; init; }

    /// <summary>For whom a token must be.</summary>
    public required string ClientId { get; init; }

    /// <summary>The claim that is the user's name.</summary>
    public string UsernameClaim { get; init; } = "sub";

    /// <summary>What is put before the name; null: nothing before an <c>email</c>, the issuer and # before another claim; <c>-</c>: nothing.</summary>
    public string? UsernamePrefix { get; init; }

    /// <summary>The claim that lists the user's groups; null: none does.</summary>
    public string? GroupsClaim { get; init; }

    /// <summary>What is put before each group.</summary>
    public string GroupsPrefix { get; init; } = "";

    /// <summary>Claims a token must have, with these values.</summary>
    public ImmutableArray<(string Claim, string Value)> RequiredClaims { get; init; } = [];

    /// <summary>How a token may be signed. None with a shared secret.</summary>
    public ImmutableArray<string> SigningAlgorithms { get; init; } = ["RS256"];

    /// <summary>The authorities that the issuer's certificate is by; empty: those the machine trusts.</summary>
    public X509Certificate2Collection Authorities { get; init; } = [];

    /// <summary>What is put before a user's name.</summary>
    public string Prefix => UsernamePrefix switch
    {
        null => UsernameClaim == "email" ? "" : $"{Issuer}#",
        "-" => "",
        var prefix => prefix,
    };
}
