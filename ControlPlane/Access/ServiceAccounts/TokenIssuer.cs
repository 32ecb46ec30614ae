using System.Collections.Immutable;
using ControlPlane.Objects;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ControlPlane.Access.ServiceAccounts;

/// <summary>An object that a token is good as long as.</summary>
/// <param name="Kind">Pod, Secret or Node.</param>
/// <param name="NodeName">The node of a pod; empty where there is none.</param>
public sealed record BoundObject(string Kind, string Name, string Uid, string NodeName = "", string NodeUid = "");

/// <summary>A token that was made.</summary>
public sealed record IssuedToken(string Token, DateTimeOffset Expires)
{
    /// <summary>Never the token.</summary>
    public override string ToString() => $"IssuedToken {{ Expires = {Expires:O} }}";
}

/// <summary>Makes the tokens of service accounts: JSON web tokens with Kubernetes' claims, signed with RS256.</summary>
public sealed class TokenIssuer(IObjectView view, TimeProvider time)
{
    /// <summary>Who issues them, and for whom a token is that names no audience: the value kubeadm gives.</summary>
    public const string Issuer = "https://kubernetes.default.svc.cluster.local";

    /// <summary>The claim with all that Kubernetes says of the account.</summary>
    internal const string Claim = "kubernetes.io";

    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>A token of an account; null while the cluster has no key yet.</summary>
    /// <param name="account">A ServiceAccount.</param>
    /// <param name="bound">What it ends with; null for the account alone.</param>
    /// <param name="audiences">For whom it is; empty for this API.</param>
    public IssuedToken? Issue(StoredObject account, BoundObject? bound, ImmutableArray<string> audiences, TimeSpan lifetime)
    {
        var expires = time.GetUtcNow() + lifetime;
        return Sign(account, bound, audiences, expires) is { } token ? new(token, expires) : null;
    }

    /// <summary>A token of an account that counts for this API as long as a Secret is there; null while the cluster has no key yet.</summary>
    /// <param name="account">A ServiceAccount.</param>
    /// <param name="secret">The name of the Secret, in the account's namespace.</param>
    /// <param name="uid">The Secret's.</param>
    public string? IssueFor(StoredObject account, string secret, string uid) => Sign(account, new("Secret", secret, uid), [], null);

    private string? Sign(StoredObject account, BoundObject? bound, ImmutableArray<string> audiences, DateTimeOffset? expires)
    {
        if (SigningKeys.Of(view) is not [var key, ..]) return null;
        var now = time.GetUtcNow();
        var about = new Dictionary<string, object>
        {
            ["namespace"] = account.Key.Namespace,
            ["serviceaccount"] = Reference(account.Key.Name, account.Uid),
        };
        if (bound is not null) about[bound.Kind.ToLowerInvariant()] = Reference(bound.Name, bound.Uid);
        if (bound is { NodeName.Length: > 0 }) about["node"] = Reference(bound.NodeName, bound.NodeUid);
        var descriptor = new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = expires?.UtcDateTime,
            Claims = new Dictionary<string, object>
            {
                ["sub"] = UserInfo.ServiceAccountName(account.Key.Namespace, account.Key.Name),
                ["jti"] = Guid.NewGuid().ToString(),
                [Claim] = about,
            },
            SigningCredentials = new(key, SecurityAlgorithms.RsaSha256),
        };
        foreach (var audience in audiences.IsEmpty ? [Issuer] : audiences) descriptor.Audiences.Add(audience);
        return Handler.CreateToken(descriptor);
    }

    private static Dictionary<string, object> Reference(string name, string uid) => new() { ["name"] = name, ["uid"] = uid };
}
