using System.Collections.Immutable;
using System.Globalization;
using NodeActor.Runtime;
using Shared.Api;

namespace NodeActor.Pods;

/// <summary>Keeps container logs from filling the disk: renames a log that grew too large, lets the runtime begin a new one, drops the oldest.</summary>
internal sealed class LogRotation(IPodRuntime runtime, PodNodeOptions options, TimeProvider clock)
{
    /// <summary>Looks at the log of every running container.</summary>
    public Task RotateAsync(ImmutableDictionary<PodUid, RuntimePod> pods, CancellationToken cancel) => Task.Run(async () =>
    {
        foreach (var pod in pods.Values)
        {
            if (pod.Sandboxes.FirstOrDefault() is not { } sandbox) continue;
            var paths = new PodPaths(options, new("", "pods", sandbox.Namespace, sandbox.Name), sandbox.Pod);
            foreach (var container in pod.Containers.Where(one => one.Phase == ContainerPhase.Running))
            {
                var log = new FileInfo(Path.Combine(paths.Logs, PodPaths.LogFile(container.Name, container.Attempt)));
                if (log.Exists && log.Length > options.LargestLog) await RotateAsync(container.Id, log.FullName, cancel);
            }
        }
    }, cancel);

    private async Task RotateAsync(string id, string log, CancellationToken cancel)
    {
        var rotated = $"{log}.{clock.GetUtcNow().UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}";

        // Twice within a second: the earlier part keeps its name, and this one waits for the next look.
        if (File.Exists(rotated)) return;
        File.Move(log, rotated);
        try
        {
            await runtime.ReopenLogAsync(id, cancel);
        }
        catch (RuntimeException)
        {
            // The container ended meanwhile, or the runtime is away: the log keeps its name, so that nobody misses it.
            if (!File.Exists(log)) File.Move(rotated, log);
            return;
        }
        foreach (var file in Older(log).Skip(options.LogFiles - 1)) File.Delete(file);
    }

    /// <summary>What was cut off a log, the newest first. Not the log itself, which "NAME.*" would name as well by the rules of Windows.</summary>
    internal static IEnumerable<string> Older(string log) => Directory
        .EnumerateFiles(Path.GetDirectoryName(log)!, Path.GetFileName(log) + ".*", new EnumerationOptions { MatchType = MatchType.Simple })
        .OrderDescending(StringComparer.Ordinal);
}
