using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.Jobs;

/// <summary>A Job's status as it is to be. Counts of zero are left out where Kubernetes leaves them out.</summary>
internal sealed record JobStatus(JobState Job, JobCensus Pods, JobTally Tally)
{
    public ImmutableArray<Condition> Conditions { get; init; } = Job.Conditions;
    public DateTimeOffset? StartTime { get; init; } = Job.StartTime;
    public DateTimeOffset? CompletionTime { get; init; } = Job.Status.Time("completionTime");

    public JsonObject ToJson()
    {
        var status = new JsonObject();
        if (Conditions.Length > 0) status["conditions"] = Conditions.ToJson();
        if (StartTime is { } started) status["startTime"] = Rfc3339.Write(started);
        if (CompletionTime is { } completed) status["completionTime"] = Rfc3339.Write(completed);
        if (Pods.Active.Length > 0) status["active"] = Pods.Active.Length;
        status["ready"] = Pods.Ready;
        status["terminating"] = Pods.Terminating.Length;
        if (Tally.Succeeded > 0) status["succeeded"] = Tally.Succeeded;
        if (Tally.Failed > 0) status["failed"] = Tally.Failed;
        if (Job.Indexed && Tally.Completed.Count > 0) status["completedIndexes"] = Tally.Completed.ToString();
        if (Tally.FailedIndexes.Count > 0) status["failedIndexes"] = Tally.FailedIndexes.ToString();
        var notes = new JsonObject();
        status["uncountedTerminatedPods"] = notes;
        Note(notes, "succeeded", Tally.NotedSucceeded);
        Note(notes, "failed", Tally.NotedFailed);
        return status;
    }

    private static void Note(JsonObject notes, string member, ImmutableSortedSet<string> uids)
    {
        if (uids.Count > 0) notes[member] = new JsonArray([.. uids.Select(uid => (JsonNode)uid)]);
    }
}
