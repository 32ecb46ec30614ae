using Shared.Api;

namespace NodeActor.Volumes;

/// <summary>
/// The volumes of all pods of a node. Before anything is done for a volume it is written down in the pod's folder, and it stays there until everything is
/// undone: so an agent that starts anew, and knows nothing of the pod, undoes it too, and what is staged is counted over all pods. Thread-safe.
/// </summary>
/// <param name="pods">The folder of the pods' folders.</param>
internal sealed class NodeVolumes(IReadOnlyList<IVolumePlugin> plugins, string pods) : IDisposable
{
    /// <summary>What comes with every node; others are put beside them.</summary>
    public static IReadOnlyList<IVolumePlugin> BuiltIn { get; } = [new EmptyDirVolumes(), new HostPathVolumes(), new ProjectedVolumes()];

    /// <summary>Nothing is staged and unstaged at once: whoever unstages has counted the users.</summary>
    private readonly SemaphoreSlim _staging = new(1);

    /// <summary>The plug-in for a volume.</summary>
    /// <exception cref="VolumeException">There is none for its kind.</exception>
    public static IVolumePlugin For(IReadOnlyList<IVolumePlugin> plugins, PodVolume volume) =>
        plugins.FirstOrDefault(one => one.Handles(volume)) ?? throw new VolumeException("this node does not support volumes of its type");

    /// <summary>Stages what a volume needs on the node.</summary>
    public async Task StageAsync(PodVolume volume, CancellationToken cancel)
    {
        var plugin = For(plugins, volume);
        var record = new VolumeRecord(plugin.Name, volume.Spec, volume.OnDisk, volume.InMemory, volume.Persistent);
        if (plugin.Staged(volume) is null)
        {
            VolumeRecord.Write(Folder(volume.Pod), record);
            return;
        }
        await AloneAsync(() =>
        {
            VolumeRecord.Write(Folder(volume.Pod), record);
            return plugin.StageAsync(volume, cancel);
        }, cancel);
    }

    /// <summary>Publishes a staged volume to its pod.</summary>
    public Task PublishAsync(PodVolume volume, VolumeUse use, CancellationToken cancel) => For(plugins, volume).PublishAsync(volume, use, cancel);

    /// <summary>Takes all volumes of a pod away from it, as they are written down.</summary>
    public Task UnpublishAsync(PodUid pod, CancellationToken cancel) =>
        Each(pod, "UnmountVolume.TearDown", record => Named(record).UnpublishAsync(record.Volume(pod), cancel));

    /// <summary>Unstages what the pod was the last to use, and forgets its volumes.</summary>
    public Task UnstageAsync(PodUid pod, CancellationToken cancel) => Each(pod, "UnmountDevice", async record =>
    {
        var plugin = Named(record);
        if (plugin.Staged(record.Volume(pod)) is not { } staged)
        {
            VolumeRecord.Remove(Folder(pod), record.Spec.Name);
            return;
        }
        await AloneAsync(async () =>
        {
            if (!IsUsed(plugin, staged, except: (pod, record))) await plugin.UnstageAsync(record.Volume(pod), cancel);
            VolumeRecord.Remove(Folder(pod), record.Spec.Name);
        }, cancel);
    });

    /// <summary>Removes for good what a volume that is being deleted has on this node.</summary>
    /// <exception cref="VolumeException">A pod still has it, or was not rid of it: to be tried again.</exception>
    public Task RemoveAsync(string volume, CancellationToken cancel) => AloneAsync(() =>
    {
        foreach (var plugin in plugins.OfType<IVolumeRemover>())
        {
            if (IsUsed((IVolumePlugin)plugin, volume, except: null)) throw new VolumeException($"volume {volume} is still used by a pod of this node");
            plugin.Remove(volume);
        }
        return Task.CompletedTask;
    }, cancel);

    /// <inheritdoc/>
    public void Dispose() => _staging.Dispose();

    private async Task AloneAsync(Func<Task> step, CancellationToken cancel)
    {
        await _staging.WaitAsync(cancel);
        try
        {
            await step();
        }
        finally
        {
            _staging.Release();
        }
    }

    private async Task Each(PodUid pod, string what, Func<VolumeRecord, Task> undo)
    {
        foreach (var record in VolumeRecord.All(Folder(pod)))
        {
            try
            {
                await undo(record);
            }
            catch (Exception error) when (error is VolumeException or IOException or UnauthorizedAccessException)
            {
                throw new VolumeException($"{what} failed for volume \"{record.Spec.Name}\" : {error.Message}", error);
            }
        }
    }

    private bool IsUsed(IVolumePlugin plugin, string staged, (PodUid Pod, VolumeRecord Own)? except) => Directory.Exists(pods) && Directory.EnumerateDirectories(pods).Any(folder =>
    {
        var pod = new PodUid(Path.GetFileName(folder));
        return VolumeRecord.All(folder).Any(one => one.Plugin == plugin.Name && plugin.Staged(one.Volume(pod)) == staged
            && (except is not { } own || pod != own.Pod || one.Spec.Name != own.Own.Spec.Name));
    });

    private IVolumePlugin Named(VolumeRecord record) =>
        plugins.FirstOrDefault(one => one.Name == record.Plugin) ?? throw new VolumeException($"this node has no plug-in {record.Plugin} any more");

    private string Folder(PodUid pod) => Path.Combine(pods, pod.Value);
}
