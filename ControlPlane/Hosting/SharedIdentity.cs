using System.Globalization;
using System.Security.Cryptography;
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

    /// <summary>Leaves the fingerprints that are missing, and compares the others.</summary>
    /// <exception cref="ForeignIdentityException">Something differs; the message names the file and says what to do.</exception>
    public static async Task Verify(RevisionStore store, ClusterPki pki, KeyRing ring)
    {
        var own = ring.Fingerprints.ToDictionary(key => KeyPrefix + key.Key.ToString(CultureInfo.InvariantCulture), key => key.Value);
        own[Authority] = Convert.ToHexStringLower(SHA256.HashData(pki.Authority.RawData));
        own[Agents] = Convert.ToHexStringLower(SHA256.HashData(pki.AgentKey));
        var faults = Faults(own, await store.ReadFingerprints());
        if (faults.Length > 0) throw new ForeignIdentityException(faults);

        // Somebody else may have been first meanwhile.
        faults = Faults(own, await store.AddFingerprints(own));
        if (faults.Length > 0) throw new ForeignIdentityException(faults);
    }

    /// <summary>The files that differ. Keys of its own that the cluster does not know yet are no fault: a key is added somewhere first.</summary>
    internal static string[] Faults(IReadOnlyDictionary<string, string> own, IReadOnlyDictionary<string, string> cluster) =>
        [.. cluster.Where(known => own.GetValueOrDefault(known.Key) != known.Value).Select(known => known.Key switch
        {
            Authority => "pki/ca.pem holds another authority",
            Agents => "pki/agents.key is another one",
            var key => $"secrets.keys {(own.ContainsKey(key) ? "has another" : "lacks")} {key}",
        })];
}

/// <summary>A control plane's keys are not those of its cluster. The message is for the user.</summary>
public sealed class ForeignIdentityException(IEnumerable<string> faults) : Exception(
    $"This data folder is not one of the cluster on this database: {string.Join("; ", faults)}. Copy pki/ca.pem, pki/agents.key, pki/admin.token and secrets.keys from a control plane of the cluster, and remove all else in pki.");
