using ControlPlane.Objects;
using ControlPlane.Storage.Binding;
using Shared.Api;

namespace ControlPlane.Scheduling.Volumes;

/// <summary>The claims, volumes and storage classes as the scheduler sees them. Pods without claims never ask it. Bounded by what lives.</summary>
public sealed class StorageBook
{
    private readonly Dictionary<ObjectKey, StoredObject> _known = [];

    /// <summary>Takes note of an object's new version, or of its end; an older version is passed over. False: it was known.</summary>
    public bool Set(StoredObject stored, bool deleted)
    {
        if (_known.TryGetValue(stored.Key, out var before) && before.Revision >= stored.Revision) return false;
        if (deleted) return _known.Remove(stored.Key);
        _known[stored.Key] = stored;
        return true;
    }

    /// <summary>Forgets what is not among these, and returns it.</summary>
    public IReadOnlyList<StoredObject> KeepOnly(IReadOnlySet<ObjectKey> live)
    {
        var gone = _known.Values.Where(known => !live.Contains(known.Key)).ToArray();
        foreach (var known in gone) _known.Remove(known.Key);
        return gone;
    }

    public ClaimState? Claim(PodDemand pod, string name) => _known.GetValueOrDefault(KeyOf(pod, name)) is { } found ? ClaimState.Of(found) : null;

    public VolumeState? Volume(string name) => _known.GetValueOrDefault(StorageKeys.Volume(name)) is { } found ? VolumeState.Of(found) : null;

    public ClassState? Class(string? name) => name is { Length: > 0 } && _known.GetValueOrDefault(StorageKeys.Class(name)) is { } found ? ClassState.Of(found) : null;

    /// <summary>All volumes.</summary>
    public IEnumerable<VolumeState> Volumes => _known.Values.Where(known => known.Key.GroupResource == StorageKeys.Volumes).Select(VolumeState.Of);

    /// <summary>The claims of a pod that wait for its node: they have no volume, and none is looked for before a node is chosen.</summary>
    public IEnumerable<ClaimState> Waiting(PodDemand pod) => pod.Claims.Select(name => Claim(pod, name)).OfType<ClaimState>().Where(claim => !claim.IsBound);

    /// <summary>Whether the pod may be bound to the node: all its claims have volumes that its pods may use there.</summary>
    public bool IsReady(PodDemand pod, NodeOffer node) => pod.Claims.All(name => Claim(pod, name) is { IsBound: true, Deleting: false } claim
        && Volume(claim.VolumeName) is { } volume && volume.Admits(node.Name, node.Labels));

    public static ObjectKey KeyOf(PodDemand pod, string claim) => StorageKeys.Claim(pod.Key.Namespace, claim);
}
