using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Shared.Joining;

/// <summary>
/// What a machine is told to join a cluster with, <c>ID.SECRET.HASH@HOST:PORT</c>: Kubernetes' bootstrap token, by which the cluster knows the machine; the hash of the authority's
/// public key, by which the machine knows the cluster; and where a control plane is.
/// </summary>
public sealed partial record JoinTicket(BootstrapToken Token, string AuthorityHash, string Host, int Port)
{
    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <param name="fault">What is wrong with it otherwise, for the user. The secret is not repeated.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out JoinTicket? ticket, out string fault)
    {
        (ticket, fault) = (null, "");
        var match = Form().Match(text);
        if (!match.Success || !int.TryParse(match.Groups["port"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > ushort.MaxValue)
        {
            fault = "is not TOKEN@HOST:PORT as 'actors token create' prints it (six characters, a dot, sixteen, a dot, the 64 digits of the authority's hash, @HOST:PORT)";
            return false;
        }
        ticket = new(new(match.Groups["id"].Value, match.Groups["secret"].Value), match.Groups["hash"].Value, match.Groups["host"].Value, port);
        return true;
    }

    /// <summary>The one line; holds the secret.</summary>
    public override string ToString() => $"{Token.Id}.{Token.Secret}.{AuthorityHash}@{Host}:{Port.ToString(CultureInfo.InvariantCulture)}";

    [GeneratedRegex(@"\A(?<id>[a-z0-9]{6})\.(?<secret>[a-z0-9]{16})\.(?<hash>[0-9a-f]{64})@(?<host>[^@\s:/]{1,253}):(?<port>[0-9]{1,5})\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
