using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ControlPlane.Access.Pki;
using ControlPlane.Journal;

namespace ControlPlane.Hosting;

/// <summary>
/// What all control planes on one database must have in common: the cluster's authority, the key of the agents' tickets, and the keys that secrets are encrypted
/// with. The database holds a fingerprint of each, put there by whoever had it first; a control plane with others would not be believed, or could not read secrets,
/// and does not start.
/// </summary>
internal static class SharedIdentity
{
    private const string Authority = "authority";
    private const string Agents = "agents";
    private const string KeyPrefix = "key ";
    private const string AuthorityFile = "pki/ca.pem";
    private const string AgentsFile = "pki/agents.key";
    private const string KeysFile = "secrets.keys";

    /// <summary>Leaves the fingerprints that are missing, and compares the others.</summary>
    /// <exception cref="ForeignIdentityException">Something differs; the message names the file and says what to do.</exception>
    public static async Task Verify(RevisionStore store, ClusterPki pki, KeyRing ring)
    {
        var own = Fingerprints(pki.Authority, pki.AgentKey, ring);
        var faults = Faults(own, await store.ReadFingerprints());
        if (faults.Length > 0) throw new ForeignIdentityException(faults);

        // Somebody else may have been first meanwhile.
        faults = Faults(own, await store.AddFingerprints(own));
        if (faults.Length > 0) throw new ForeignIdentityException(faults);
    }

    /// <summary>The fingerprints of files of keys.</summary>
    /// <param name="read">The text of a file, by its path in a data folder; null where it is missing.</param>
    /// <exception cref="InvalidDataException">A file is not what its name says; the message names it.</exception>
    public static Dictionary<string, string> Fingerprints(Func<string, string?> read)
    {
        var ring = read(KeysFile) is { } keys ? KeyRing.Parse(keys, KeysFile) : null;
        try
        {
            using var authority = read(AuthorityFile) is { } pem ? X509Certificate2.CreateFromPem(pem) : null;
            return Fingerprints(authority, read(AgentsFile) is { } key ? Convert.FromHexString(key.Trim()) : null, ring);
        }
        catch (Exception fault) when (fault is CryptographicException or FormatException)
        {
            throw new InvalidDataException($"{AuthorityFile} or {AgentsFile} is not what its name says: {fault.Message}", fault);
        }
    }

    private static Dictionary<string, string> Fingerprints(X509Certificate2? authority, byte[]? agents, KeyRing? ring)
    {
        var found = ring?.Fingerprints.ToDictionary(key => KeyPrefix + key.Key.ToString(CultureInfo.InvariantCulture), key => key.Value) ?? [];
        if (authority is not null) found[Authority] = Convert.ToHexStringLower(SHA256.HashData(authority.RawData));
        if (agents is not null) found[Agents] = Convert.ToHexStringLower(SHA256.HashData(agents));
        return found;
    }

    /// <summary>The files that differ. Keys of its own that the cluster does not know yet are no fault: a key is added somewhere first.</summary>
    internal static string[] Faults(IReadOnlyDictionary<string, string> own, IReadOnlyDictionary<string, string> cluster) =>
        [.. cluster.Where(known => own.GetValueOrDefault(known.Key) != known.Value).Select(known => known.Key switch
        {
            Authority => own.ContainsKey(Authority) ? $"{AuthorityFile} holds another authority" : $"{AuthorityFile} is missing",
            Agents => own.ContainsKey(Agents) ? $"{AgentsFile} is another one" : $"{AgentsFile} is missing",
            var key => $"{KeysFile} {(own.ContainsKey(key) ? "has another" : "lacks")} {key}",
        })];
}

/// <summary>A control plane's keys are not those of its cluster. The message is for the user.</summary>
public sealed class ForeignIdentityException(IEnumerable<string> faults) : Exception(
    $"This data folder is not one of the cluster on this database: {string.Join("; ", faults)}. Copy pki/ca.pem, pki/agents.key, pki/admin.token and secrets.keys from a control plane of the cluster, and remove all else in pki.");
