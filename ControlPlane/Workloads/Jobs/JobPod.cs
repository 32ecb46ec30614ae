using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.Jobs;

/// <summary>A pod as its Job sees it. Its header tells nearly all; its JSON is parsed only once it has ended, is being deleted or restarts in place.</summary>
internal sealed class JobPod(StoredObject stored)
{
    public StoredObject Stored => stored;
    public ObjectKey Key => stored.Key;
    public string Uid => stored.Uid;

    /// <summary>Whether it has yet to be counted, or given up.</summary>
    public bool Tracked { get; } = stored.Header.Finalizers.Contains(JobNames.Finalizer);

    public bool Deleting => stored.Header.DeletionTimestamp is not null;
    public bool Succeeded => stored.Header.Phase == "Succeeded";

    /// <summary>Neither ended nor being deleted.</summary>
    public bool Active => !Deleting && stored.Header.Phase is not ("Succeeded" or "Failed");

    /// <summary>Whether none of its containers runs or will run: it ended, or it is being deleted and no node has it any more.</summary>
    public bool Ended => stored.Header.Phase is "Succeeded" or "Failed" || (Deleting && Facts.LetGo);

    /// <summary>Its completion index; null if it has none.</summary>
    public int? Index { get; } =
        stored.Header.Labels.TryGetValue(JobNames.Index, out var label) && int.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null;

    public PodFacts Facts => PodFacts.Of(stored);

    /// <summary>Whether it counts as failed. Where only pods that have failed are replaced, one that is being deleted counts when it has ended.</summary>
    public bool FailedFor(JobState job) => !Succeeded && (Ended || (Deleting && !job.OnlyReplaceFailed));
}

/// <summary>What a Job reads in a pod's JSON.</summary>
/// <param name="LetGo">Nothing but finalizers holds it: it was never bound, its node has stopped it, or somebody forced it.</param>
/// <param name="Finished">When it ended, as nearly as it tells.</param>
/// <param name="Restarts">Restarts of all its containers.</param>
/// <param name="ExitCodes">Of containers that have ended.</param>
internal sealed record PodFacts(
    bool LetGo, DateTimeOffset Finished, int Restarts, int FailureCount, int IgnoredCount,
    ImmutableArray<(string Container, int Code)> ExitCodes, ImmutableArray<Condition> Conditions)
{
    public static PodFacts Of(StoredObject pod) => pod.Project(Read);

    private static PodFacts Read(StoredObject pod)
    {
        var root = ObjectLimits.ParseElement(pod.Json);
        var (metadata, status) = (root.At("metadata"), root.At("status"));
        var exits = ImmutableArray.CreateBuilder<(string, int)>();
        var restarts = 0;
        DateTimeOffset? finished = null;
        foreach (var list in (ReadOnlySpan<string>)["containerStatuses", "initContainerStatuses"])
        {
            foreach (var container in status.Objects(list))
            {
                restarts += container.Int("restartCount");
                if (container.Child("state", "terminated") is not { } ended) continue;
                exits.Add((container.Text("name"), ended.Int("exitCode")));
                if (ended.Time("finishedAt") is { } at && (finished is null || at > finished)) finished = at;
            }
        }
        var conditions = Shared.Api.Conditions.Read(status);
        var deletion = pod.Header.DeletionTimestamp;
        var grace = metadata.Number("deletionGracePeriodSeconds") ?? 0;
        finished ??= conditions.Find("Ready") is { Status: "False", LastTransition: { } unready } ? unready : deletion?.AddSeconds(-grace);
        return new(
            deletion is not null && grace == 0, finished ?? pod.Header.CreationTimestamp, restarts,
            Count(metadata, JobNames.FailureCount), Count(metadata, JobNames.IgnoredCount), exits.DrainToImmutable(), conditions);
    }

    private static int Count(JsonElement metadata, string annotation) =>
        int.TryParse(metadata.Text("annotations", annotation), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;
}
