using System.Collections.Immutable;

namespace ControlPlane.Access;

/// <summary>A kind of bearer token.</summary>
public interface ITokenSource
{
    /// <summary>The user, or why there is none; null for a token of another kind.</summary>
    /// <param name="token">The token as it was sent.</param>
    /// <param name="audiences">For whom the token must be; one is enough. Empty: for this API.</param>
    ValueTask<TokenFinding?> Find(string token, ImmutableArray<string> audiences);
}

/// <summary>What a token says.</summary>
/// <param name="User">Whom it stands for; null for nobody.</param>
/// <param name="Fault">Why nobody; empty where there is a user.</param>
/// <param name="Audiences">Those that were asked for and that the token is for; empty for a token that knows of none.</param>
public readonly record struct TokenFinding(UserInfo? User, string Fault, ImmutableArray<string> Audiences)
{
    public static TokenFinding Nobody(string fault) => new(null, fault, []);

    public static TokenFinding Known(UserInfo user, ImmutableArray<string> audiences) => new(user, "", audiences);
}

/// <summary>Finds whom a bearer token of any kind stands for.</summary>
public sealed class TokenAuthenticator(IEnumerable<ITokenSource> sources)
{
    private readonly ImmutableArray<ITokenSource> _sources = [.. sources];

    /// <summary>The user, or why there is none.</summary>
    /// <inheritdoc cref="ITokenSource.Find"/>
    public async ValueTask<TokenFinding> Find(string token, ImmutableArray<string> audiences)
    {
        foreach (var source in _sources)
        {
            if (await source.Find(token, audiences) is { } found) return found;
        }
        return TokenFinding.Nobody("the token is of no kind that is known");
    }
}
