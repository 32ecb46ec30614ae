using k8s.Models;
using NodeActor.Pods.Machine;
using NodeActor.Pods.Specs;
using NodeActor.Volumes;
using Shared.Api;

namespace NodeActor.Pods;

/// <summary>Carries out the machine's operations on a pod's volumes. Each covers all of them and may be repeated.</summary>
internal sealed class PodVolumes(PodNodeOptions options) : IDisposable
{
    private readonly NodeVolumes _node = new(options.VolumePlugins, options.PodsDirectory);

    /// <summary>Stages what the pod's volumes need on the node.</summary>
    /// <exception cref="SpecException">A volume can not be staged; the message says which and why.</exception>
    public Task StageAsync(PodState state, CancellationToken cancel) => Each(state, "MountDevice", volume => _node.StageAsync(volume, cancel));

    /// <summary>Publishes the pod's volumes.</summary>
    /// <param name="tell">Takes an event for each volume that goes on to show what it did.</param>
    /// <exception cref="SpecException">A volume can not be published; the message says which and why.</exception>
    public Task PublishAsync(PodState state, Action<PodFact> tell, CancellationToken cancel)
    {
        Directory.CreateDirectory(new PodPaths(options, state.Key, state.Uid).Root);
        var use = new VolumeUse(state.Definition!.Spec.SecurityContext?.FsGroup, new VolumeContent(state, options));
        return Each(state, "SetUp", async volume =>
        {
            try
            {
                await _node.PublishAsync(volume, use, cancel);
            }
            catch (VolumeKeptException kept)
            {
                tell(new Progress("", "Warning", "FailedMount", Failed("SetUp", volume.Spec, kept)));
            }
        });
    }

    /// <inheritdoc cref="NodeVolumes.UnpublishAsync"/>
    public Task UnpublishAsync(PodUid pod, CancellationToken cancel) => _node.UnpublishAsync(pod, cancel);

    /// <inheritdoc cref="NodeVolumes.UnstageAsync"/>
    public Task UnstageAsync(PodUid pod, CancellationToken cancel) => _node.UnstageAsync(pod, cancel);

    /// <summary>Removes all folders of a pod, whose volumes were unpublished. May be repeated.</summary>
    /// <exception cref="IOException">Something is mounted in one: what it lies in stays.</exception>
    public static void Remove(PodPaths paths)
    {
        foreach (var folder in new[] { paths.VolatileRoot, paths.Root, paths.Logs }) PodFolders.Delete(folder);
    }

    /// <summary>A volume, where it may lie, and what its claim is bound to.</summary>
    /// <exception cref="VolumeException">It names a claim that is not there, or has no volume on this node.</exception>
    public static PodVolume Of(PodPaths paths, PodState state, V1Volume spec) =>
        new(state.Uid, spec, paths.Volume(spec.Name, inMemory: false), paths.Volume(spec.Name, inMemory: true), new ReferencedObjects(state).VolumeOf(spec));

    /// <summary>Removes what a volume that is being deleted has on this node.</summary>
    /// <exception cref="VolumeException">A pod still has it.</exception>
    public Task RemoveAsync(string volume, CancellationToken cancel) => _node.RemoveAsync(volume, cancel);

    /// <inheritdoc/>
    public void Dispose() => _node.Dispose();

    private async Task Each(PodState state, string what, Func<PodVolume, Task> step)
    {
        var paths = new PodPaths(options, state.Key, state.Uid);
        foreach (var spec in state.Definition!.Spec.Volumes ?? [])
        {
            try
            {
                await step(Of(paths, state, spec));
            }
            catch (Exception error) when (error is VolumeException or IOException or UnauthorizedAccessException)
            {
                throw new SpecException(Failed(what, spec, error), "FailedMount");
            }
        }
    }

    private static string Failed(string what, V1Volume spec, Exception error) => $"MountVolume.{what} failed for volume \"{spec.Name}\" : {error.Message}";
}
