using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using ControlPlane.Access.Pki;
using Shared.Hosting;
using Shared.Joining;
using Shared.Json;

namespace ControlPlane.Hosting;

/// <summary>
/// Makes a data folder that of a member: fetches, with a token, what all control planes share. A folder that has it already is left as it is, so that the same command
/// line starts the member again long after its token has expired.
/// </summary>
internal static class MemberJoin
{
    private const string SeedsFile = "seeds";

    /// <summary>Joins if the folder has not joined yet; the result are the control planes to find the cluster by.</summary>
    /// <exception cref="JoinRefusedException">It can't; nothing was written.</exception>
    public static async Task<ImmutableArray<string>> Ensure(string dataDirectory, JoinTicket ticket, CancellationToken stop)
    {
        var (authority, seeds) = (Path.Combine(dataDirectory, SharedFiles.Authority), Path.Combine(dataDirectory, SeedsFile));
        if (File.Exists(authority))
        {
            if (HashOf(await File.ReadAllTextAsync(authority, stop)) != ticket.AuthorityHash) throw new JoinRefusedException($"{authority} is the authority of another cluster than the token's; use an empty --data folder");
            return File.Exists(seeds) ? [.. await File.ReadAllLinesAsync(seeds, stop)] : [];
        }
        var (_, answer) = await new JoinClient(ticket).Join(JoinPaths.ControlPlane, new JsonObject(), stop);
        var files = SharedFiles.Names.ToDictionary(name => name, name => answer.At("files") is JsonObject given && given[name].TextOf() is { Length: > 0 } text
            ? text
            : throw new JoinRefusedException($"{ticket.Host}:{ticket.Port} does not tell {name}: it is of another version"));
        if (HashOf(files[SharedFiles.Authority]) != ticket.AuthorityHash) throw new JoinRefusedException($"{ticket.Host}:{ticket.Port} tells another authority than the token's");
        PrivateFile.CreateFolder(dataDirectory);
        PrivateFile.CreateFolder(Path.Combine(dataDirectory, "pki"));
        string[] found = [.. answer.Items("seeds").Select(seed => seed.TextOf() ?? "").Where(seed => HostAndPort.Read(seed, null) is not null)];
        PrivateFile.Write(seeds, string.Concat(found.Select(seed => seed + "\n")));

        // The authority, which tells that the folder has joined, is the last.
        foreach (var name in SharedFiles.Names) PrivateFile.Write(Path.Combine(dataDirectory, name), files[name]);
        return [.. found];
    }

    private static string HashOf(string pem)
    {
        try
        {
            using var authority = X509Certificate2.CreateFromPem(pem);
            return AuthorityHash.Of(authority);
        }
        catch (CryptographicException)
        {
            return "";
        }
    }
}
