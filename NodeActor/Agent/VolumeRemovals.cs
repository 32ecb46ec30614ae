using System.Text.Json;
using NodeActor.Networking;
using Shared.Api;
using Shared.Json;

namespace NodeActor.Agent;

/// <summary>A version of a volume whose directory is to be removed.</summary>
public sealed record LeavingVolume(ObjectKey Key, string Uid);

/// <summary>
/// The volumes of this node whose directories are to go. Nothing is concluded from what was not told: a volume is among them only when its object says that it is being
/// deleted, that no claim has it and that its directory may still be there. Bounded by the node's volumes.
/// </summary>
public sealed class VolumeRemovals(TimeSpan repeatAfter)
{
    private readonly Dictionary<ObjectKey, Entry> _volumes = [];

    public bool Any => _volumes.Count > 0;

    /// <summary>Takes a version of a volume.</summary>
    public void Told(FollowedObject volume)
    {
        if (Read(volume) is not { } leaving) _volumes.Remove(volume.Key);
        else if (!_volumes.TryGetValue(volume.Key, out var known) || known.Volume.Uid != leaving.Uid) _volumes[volume.Key] = new(leaving);
    }

    /// <summary>The directory is gone: the control plane is to be told.</summary>
    public void Removed(ObjectKey volume, string uid)
    {
        if (_volumes.TryGetValue(volume, out var known) && known.Volume.Uid == uid) (known.Gone, known.Due) = (true, TimeSpan.Zero);
    }

    /// <summary>The object is gone.</summary>
    public void Forget(ObjectKey volume) => _volumes.Remove(volume);

    /// <summary>The volumes something is to be done for now: to be told of where <c>Removed</c>, to be removed otherwise. Each comes again after a while.</summary>
    public IReadOnlyList<(LeavingVolume Volume, bool Removed)> Due(TimeSpan now)
    {
        if (_volumes.Count == 0) return [];
        var due = new List<(LeavingVolume, bool)>();
        foreach (var entry in _volumes.Values.Where(entry => entry.Due <= now))
        {
            entry.Due = now + repeatAfter;
            due.Add((entry.Volume, entry.Gone));
        }
        return due;
    }

    private static LeavingVolume? Read(FollowedObject volume)
    {
        using var document = JsonDocument.Parse(volume.Json, ObjectLimits.Document);
        var (metadata, spec) = (document.RootElement.At("metadata"), document.RootElement.At("spec"));
        var finalizers = metadata.Texts("finalizers").ToArray();
        var goes = metadata.Text("deletionTimestamp").Length > 0 && spec.Text("persistentVolumeReclaimPolicy") == "Delete" && spec.Text("csi", "driver") == NodeDirectory.Driver
            && finalizers.Contains(NodeDirectory.DataFinalizer) && !finalizers.Contains(NodeDirectory.VolumeProtection);
        return goes ? new(volume.Key, metadata.Text("uid")) : null;
    }

    private sealed class Entry(LeavingVolume volume)
    {
        public LeavingVolume Volume => volume;
        public bool Gone { get; set; }
        public TimeSpan Due { get; set; }
    }
}
