using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace Tests.Unit.Workloads.Jobs;

/// <summary>Jobs for tests, and what becomes of their pods.</summary>
internal static class JobSamples
{
    public static readonly ObjectKey Work = new("batch", "jobs", "default", "work");

    public static JsonObject Job(string spec = "", string restart = "Never", string name = "work") => JsonNode.Parse($$"""
        { "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": "{{name}}", "namespace": "default" },
          "spec": { {{(spec.Length > 0 ? spec + "," : "")}} "template": { "spec": { "restartPolicy": "{{restart}}", "containers": [ { "name": "c", "image": "i" } ] } } } }
        """)!.AsObject();

    public static JsonObject Status(this World world) => world.Tree(Work).Status();

    public static StoredObject[] JobPods(this World world) => [.. world.Live(World.Pods)];

    public static string? Condition(this World world, string type) =>
        Conditions.Find(world.Status(), type) is { Status: "True" } condition ? condition.Reason : null;

    /// <summary>All of a pod's containers have ended.</summary>
    public static void End(this World world, ObjectKey pod, int exitCode = 0, string conditions = "[]") => world.Patch(pod, $$"""
        { "status": { "phase": "{{(exitCode == 0 ? "Succeeded" : "Failed")}}", "conditions": {{conditions}}, "containerStatuses": [ { "name": "c", "restartCount": 0,
          "state": { "terminated": { "exitCode": {{exitCode}}, "finishedAt": "{{Rfc3339.Write(world.Now)}}" } } } ] } }
        """, "status");

    /// <summary>The node has stopped the pod.</summary>
    public static void LetGo(this World world, ObjectKey pod) => world.Delete(pod, grace: 0);
}
