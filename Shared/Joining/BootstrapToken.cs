using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Shared.Joining;

/// <summary>Kubernetes' bootstrap token, <c>ID.SECRET</c>: the id names the Secret that describes it, the secret is known to who was given it.</summary>
public sealed partial record BootstrapToken(string Id, string Secret)
{
    private const string Characters = "abcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>A new random token: 82 bits of secret.</summary>
    public static BootstrapToken New() => new(RandomNumberGenerator.GetString(Characters, 6), RandomNumberGenerator.GetString(Characters, 16));

    /// <summary>Reads <c>ID.SECRET</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out BootstrapToken? token)
    {
        token = Form().IsMatch(text) ? new(text[..6], text[7..]) : null;
        return token is not null;
    }

    /// <summary>What is sent as a bearer token.</summary>
    public string Bearer => $"{Id}.{Secret}";

    /// <summary>Without the secret: safe to log.</summary>
    public override string ToString() => Id;

    [GeneratedRegex(@"\A[a-z0-9]{6}\.[a-z0-9]{16}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Form();
}
