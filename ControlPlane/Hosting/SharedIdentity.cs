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
    private const string AuthorityFile = "pki/ca.pem";
    private const string AgentsFile = "pki/agents.key";
    private const string KeysFile = "secrets.keys";

    /// <summary>
    /// Leaves the fingerprints that are missing, and compares the others. The first member's keys become those of the database; a member that was away when keys were
    /// rotated has taken the new ones from there by now.
    /// </summary>
    /// <exception cref="ForeignIdentityException">Something differs; the message names the file and says what to do.</exception>
    public static async Task Verify(RevisionStore store, ClusterPki pki, KeyRing ring)
    {
        var own = Own(ring.Fingerprints, await store.ReadKeys());
        foreach (var (name, value) in Fingerprints(pki.Authority, pki.AgentKey)) own[name] = value;
        var cluster = await store.ReadFingerprints();
        if (cluster.TryGetValue(Authority, out var known) && known != own[Authority] && pki.Trusted.Certificates.Any(trusted => Hash(trusted) == known))
        {
            // The authority is being replaced: this member signs with the new one, and trusts the one before as all others do.
            await store.ReplaceFingerprint(Authority, known, own[Authority]);
            cluster = await store.ReadFingerprints();
        }
        var faults = Faults(own, cluster);
        if (faults.Length > 0) throw new ForeignIdentityException(faults);

        // Somebody else may have been first meanwhile.
        faults = Faults(own, await store.AddFingerprints(own));
        if (faults.Length > 0) throw new ForeignIdentityException(faults);
        await store.StepKeys(table => table.Enrolled(ring.Wrapped()));
    }

    /// <summary>The fingerprints of files of keys.</summary>
    /// <param name="read">The text of a file, by its path in a data folder; null where it is missing.</param>
    /// <exception cref="InvalidDataException">A file is not what its name says; the message names it.</exception>
    public static Dictionary<string, string> Fingerprints(Func<string, string?> read)
    {
        try
        {
            using var authority = read(AuthorityFile) is { } pem ? X509Certificate2.CreateFromPem(pem) : null;
            var found = Fingerprints(authority, read(AgentsFile) is { } key ? Convert.FromHexString(key.Trim()) : null);
            if (read(KeysFile) is not { } keys) return found;
            foreach (var (id, print) in KeyRing.FingerprintsOf(keys, KeysFile)) found[RevisionStore.KeyFingerprint(id)] = print;
            return found;
        }
        catch (Exception fault) when (fault is CryptographicException or FormatException)
        {
            throw new InvalidDataException($"{AuthorityFile} or {AgentsFile} is not what its name says: {fault.Message}", fault);
        }
    }

    private static Dictionary<string, string> Fingerprints(X509Certificate2? authority, byte[]? agents)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        if (authority is not null) found[Authority] = Hash(authority);
        if (agents is not null) found[Agents] = Convert.ToHexStringLower(SHA256.HashData(agents));
        return found;
    }

    private static string Hash(X509Certificate2 authority) => Convert.ToHexStringLower(SHA256.HashData(authority.RawData));

    /// <summary>The fingerprints of a ring's keys that count: where the database has keys, those it has.</summary>
    internal static Dictionary<string, string> Own(IReadOnlyDictionary<int, string> ring, KeyTable table) => ring
        .Where(key => table.Keys.Length == 0 || table.Keys.Any(known => known.Id == key.Key && known.Phase != KeyPhase.Dropped))
        .ToDictionary(key => RevisionStore.KeyFingerprint(key.Key), key => key.Value);

    /// <summary>The files that differ. Keys of its own that the cluster does not know are no fault: nothing is encrypted with them.</summary>
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
