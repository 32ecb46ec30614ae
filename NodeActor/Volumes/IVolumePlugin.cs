using k8s.Models;
using Shared.Api;

namespace NodeActor.Volumes;

/// <summary>
/// Makes volumes of some kinds. All four steps may be repeated, also by an agent that knows nothing of the one before, and after a step that failed half-way.
/// They throw <see cref="VolumeException"/>, <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> with words for the pod's author.
/// <para>
/// The order is stage, publish, unpublish, unstage. Staging is done once for all pods of a node that use the same thing, and undone when the last
/// of them has unpublished it; publishing is done for each pod, again whenever what the volume shows may have changed.
/// </para>
/// </summary>
public interface IVolumePlugin
{
    /// <summary>A name that stays the same: it is on disk beside what was published.</summary>
    string Name { get; }

    /// <summary>True for the kinds of volume it makes.</summary>
    bool Handles(PodVolume volume);

    /// <summary>Where on the node the published volume lies.</summary>
    string Path(PodVolume volume);

    /// <summary>True if containers may only read it, whatever their mount says.</summary>
    bool IsReadOnly(PodVolume volume) => false;

    /// <summary>What is staged for it: the same text for all volumes that share it; null: nothing is.</summary>
    string? Staged(PodVolume volume) => null;

    /// <summary>Makes what the volume shows ready on this node.</summary>
    Task StageAsync(PodVolume volume, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Makes the volume lie at its <see cref="Path"/>.</summary>
    Task PublishAsync(PodVolume volume, VolumeUse use, CancellationToken cancel);

    /// <summary>Takes it away from there; what is only a folder may be left, it is removed with the pod's.</summary>
    Task UnpublishAsync(PodVolume volume, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Undoes <see cref="StageAsync"/>: no pod of the node uses it.</summary>
    Task UnstageAsync(PodVolume volume, CancellationToken cancel) => Task.CompletedTask;
}

/// <summary>Makes volumes that hold what pods wrote until they are deleted.</summary>
public interface IVolumeRemover
{
    /// <summary>Removes what a volume has on this node, which no pod has published; <see cref="IVolumePlugin.Staged"/> is its name. May be repeated.</summary>
    void Remove(string volume);
}

/// <summary>A volume of a pod, and the folders it may lie in.</summary>
/// <param name="OnDisk">Its own folder below the pod's.</param>
/// <param name="InMemory">Where it is mounted if it must not reach a disk.</param>
/// <param name="Persistent">The volume that the claim is bound to which it names; null where it names none, or where that is not known.</param>
public sealed record PodVolume(PodUid Pod, V1Volume Spec, string OnDisk, string InMemory, V1PersistentVolume? Persistent = null);

/// <summary>What publishing needs to know of the pod.</summary>
/// <param name="Group">The group that shares the pod's volumes (fsGroup); null: none.</param>
public sealed record VolumeUse(long? Group, IVolumeContent Content);

/// <summary>What volumes that are written from API objects show.</summary>
public interface IVolumeContent
{
    /// <summary>The entries of a ConfigMap of the pod's namespace; null if there is none.</summary>
    IReadOnlyDictionary<string, byte[]>? ConfigMap(string name);

    /// <summary>The entries of a Secret of the pod's namespace; null if there is none.</summary>
    IReadOnlyDictionary<string, byte[]>? Secret(string name);

    /// <summary>A token of the account that the pod runs as.</summary>
    /// <exception cref="VolumeException">There is none, and why.</exception>
    byte[] Token(V1ServiceAccountTokenProjection source);

    /// <summary>The value of a downwardAPI item.</summary>
    /// <exception cref="VolumeException">It names a field or resource that does not exist.</exception>
    string Downward(V1DownwardAPIVolumeFile item);
}

/// <summary>A volume can not be made or taken away; the message is for the pod's author.</summary>
public class VolumeException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A volume that was published can not be brought up to date, and goes on to show what it did: that is told of, and nothing is held up by it.</summary>
public sealed class VolumeKeptException(string message, Exception? inner = null) : VolumeException(message, inner);
