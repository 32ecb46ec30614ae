using System.Text.Json.Nodes;
using Shared.Api;
using Shared.Json;

namespace Tests.Unit.Workloads.CronJobs;

/// <summary>CronJobs for tests, and what becomes of their Jobs.</summary>
internal static class CronJobSamples
{
    public static readonly ObjectKey Tick = new("batch", "cronjobs", "default", "tick");

    public static JsonObject CronJob(string spec = "", string schedule = "*/10 * * * *", string job = "") => JsonNode.Parse($$"""
        { "apiVersion": "batch/v1", "kind": "CronJob", "metadata": { "name": "tick", "namespace": "default" },
          "spec": { "schedule": "{{schedule}}", {{(spec.Length > 0 ? spec + "," : "")}} "jobTemplate": { "metadata": { "labels": { "a": "b" }, "annotations": { "c": "d" } },
            "spec": { {{(job.Length > 0 ? job + "," : "")}} "template": { "spec": { "restartPolicy": "Never", "containers": [ { "name": "c", "image": "i" } ] } } } } } }
        """)!.AsObject();

    /// <summary>The Job's pods end, and it with them.</summary>
    public static void EndJob(this World world, ObjectKey job, bool well)
    {
        if (!well) world.Patch(job, """{ "spec": { "backoffLimit": 0 } }""");
        var uid = world.Get(job).Uid;
        foreach (var pod in world.ActivePods.Where(pod => pod.Header.Controller?.Uid == uid)) Jobs.JobSamples.End(world, pod.Key, well ? 0 : 1);
    }

    /// <summary>As <c>kubectl create job NAME --from=cronjob/tick</c>.</summary>
    public static void CreateByHand(this World world, string name)
    {
        var job = Jobs.JobSamples.Job(name: name);
        job.Metadata()["annotations"] = new JsonObject { ["cronjob.kubernetes.io/instantiate"] = "manual" };
        job.Metadata()["ownerReferences"] = JsonNode.Parse($$"""[ { "apiVersion": "batch/v1", "kind": "CronJob", "name": "tick", "uid": "{{world.Get(Tick).Uid}}", "controller": true } ]""");
        world.Create(job);
    }
}
