using System.Diagnostics.CodeAnalysis;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ControlPlane.Access;

/// <summary>What the kinds of JSON web tokens have in common: who issued one says who can judge it, and time is told by a clock that tests can set.</summary>
internal static class IssuedTokens
{
    private static readonly TimeSpan Leeway = TimeSpan.FromSeconds(10);

    /// <summary>Reads a token without judging it; false for one that is none, or of another issuer.</summary>
    public static bool TryRead(this JsonWebTokenHandler handler, string token, string issuer, [NotNullWhen(true)] out JsonWebToken? read)
    {
        read = null;
        if (!handler.CanReadToken(token)) return false;
        try
        {
            read = handler.ReadJsonWebToken(token);
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or SecurityTokenException)
        {
            return false;
        }
        return read.Issuer == issuer;
    }

    /// <summary>Whether a token's time is now: it must have an end, and may begin a moment later by a clock that is ahead.</summary>
    public static LifetimeValidator At(TimeProvider time) => (from, until, _, _) =>
    {
        var now = time.GetUtcNow().UtcDateTime;
        return (from is null || from <= now + Leeway) && until > now;
    };

    /// <summary>As <see cref="At"/>, for tokens that may have no end.</summary>
    public static LifetimeValidator AtOrEndless(TimeProvider time) => (from, until, token, parameters) => At(time)(from, until ?? DateTime.MaxValue, token, parameters);
}
