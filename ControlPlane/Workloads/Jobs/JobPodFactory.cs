using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads.Patches;
using ControlPlane.Workloads.ReplicaSets;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.Jobs;

/// <summary>
/// Makes the pods of one Job. The names follow from the version of the Job that the plan is made from. Whoever plans after a crash, with a view that lacks what was
/// just created, asks for the same pods, and none is made twice; who has another version has seen all that was created before it.
/// </summary>
internal sealed class JobPodFactory(JobState job, OwnerRef owner, IObjectView view, Requester by)
{
    /// <summary>As long as a generated name's prefix may be.</summary>
    private const int LongestPrefix = 58;

    /// <summary>More than a plan creates: two versions have no names in common.</summary>
    private const int NamesOfVersion = 1024;
    private readonly JsonElement _metadata = job.Template.At("metadata");
    private readonly HashSet<string> _given = new(StringComparer.Ordinal);

    /// <summary>A pod of a Job without indexes.</summary>
    public CreateObject Create()
    {
        var prefix = $"{Cut(job.Name, LongestPrefix - 1)}-";
        return new(Free(prefix, 0), Pod(prefix), by);
    }

    /// <summary>The pod of an index.</summary>
    /// <param name="index">The completion index.</param>
    /// <param name="last">The last failure of the index, where those are counted by index.</param>
    public CreateObject Create(int index, JobPod? last)
    {
        var number = index.ToString(CultureInfo.InvariantCulture);
        var prefix = $"{Cut(job.Name, LongestPrefix - number.Length - 2)}-{number}-";
        var pod = Pod(prefix);
        var annotations = pod.Metadata().DefaultChild("annotations");
        annotations[JobNames.Index] = number;
        pod.Metadata().DefaultChild("labels")[JobNames.Index] = number;
        if (job.BackoffLimitPerIndex is not null) CountFailures(annotations, last);
        var spec = pod.DefaultChild("spec");
        spec["hostname"] = $"{job.Name}-{number}";
        foreach (var list in (ReadOnlySpan<string>)["initContainers", "containers"])
        {
            foreach (var container in spec.Objects(list)) Tell(container);
        }
        return new(Free(prefix, index + 1), pod, by);
    }

    private void CountFailures(JsonObject annotations, JobPod? last)
    {
        var ignored = last is not null && job.Failures.Judge(last).Action == FailureAction.Ignore;
        var failures = (last?.Facts.FailureCount ?? 0) + (last is not null && !ignored ? 1 : 0);
        annotations[JobNames.FailureCount] = failures.ToString(CultureInfo.InvariantCulture);
        var passed = (last?.Facts.IgnoredCount ?? 0) + (ignored ? 1 : 0);
        if (passed > 0) annotations[JobNames.IgnoredCount] = passed.ToString(CultureInfo.InvariantCulture);
    }

    private static void Tell(JsonObject container)
    {
        var variables = container.DefaultList("env");
        if (variables.OfType<JsonObject>().Any(variable => variable.Text("name") == JobNames.IndexVariable)) return;
        variables.Add((JsonNode)new JsonObject
        {
            ["name"] = JobNames.IndexVariable,
            ["valueFrom"] = new JsonObject { ["fieldRef"] = new JsonObject { ["apiVersion"] = "v1", ["fieldPath"] = $"metadata.labels['{JobNames.Index}']" } },
        });
    }

    private JsonObject Pod(string prefix)
    {
        var metadata = new JsonObject { ["generateName"] = prefix, ["namespace"] = job.Stored.Key.Namespace };
        foreach (var member in (ReadOnlySpan<string>)["labels", "annotations"])
        {
            if (_metadata.Child(member) is { } given) metadata[member] = JsonObject.Create(given)!.DeepClone();
        }
        metadata["finalizers"] = new JsonArray([.. _metadata.Texts("finalizers").Where(name => name != JobNames.Finalizer).Select(name => (JsonNode)name), JobNames.Finalizer]);
        metadata["ownerReferences"] = new JsonArray(OwnerReferenceJson.Write(owner));
        return new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = metadata,
            ["spec"] = job.Template.Child("spec") is { } spec ? JsonObject.Create(spec)!.DeepClone() : new JsonObject(),
        };
    }

    private ObjectKey Free(string prefix, long family)
    {
        for (var number = job.Stored.Revision * NamesOfVersion; ; number++)
        {
            var key = new ObjectKey("", "pods", job.Stored.Key.Namespace, $"{prefix}{PodNames.Suffix(job.Stored.Uid, family, number)}");
            if (view.Get(key) is null && _given.Add(key.Name)) return key;
        }
    }

    private static string Cut(string name, int length) => name.Length > length ? name[..length] : name;
}
