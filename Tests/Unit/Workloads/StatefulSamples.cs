using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads.StatefulSets;
using Shared.Api;

namespace Tests.Unit.Workloads;

/// <summary>StatefulSets for tests, and what would become of their pods.</summary>
internal static class StatefulSamples
{
    public static readonly ObjectKey Db = new("apps", "statefulsets", "default", "db");

    public static JsonObject Set(int replicas, string spec = "") => JsonNode.Parse($$"""
        { "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": { "name": "db", "namespace": "default" },
          "spec": { "replicas": {{replicas}}, "serviceName": "db", "selector": { "matchLabels": { "app": "db" } }, "template": {{Samples.Template("db", "v1")}}
            {{(spec.Length > 0 ? ", " + spec : "")}} } }
        """)!.AsObject();

    public static ObjectKey Pod(int ordinal) => new("", "pods", "default", $"db-{ordinal}");

    public static void RollSet(this World world, string image) =>
        world.Patch(Db, $$"""{ "spec": { "template": { "spec": { "containers": [ { "name": "c", "image": "{{image}}" } ] } } } }""");

    public static void ScaleSet(this World world, int replicas) => world.Patch(Db, $$"""{ "spec": { "replicas": {{replicas}} } }""");

    /// <summary>The pod was started and has not been ready yet.</summary>
    public static void StartUnready(this World world, ObjectKey pod)
    {
        var now = Shared.Json.Rfc3339.Write(world.Now);
        world.Patch(pod, $$"""{ "status": { "phase": "Running", "startTime": "{{now}}", "conditions": [ { "type": "Ready", "status": "False", "lastTransitionTime": "{{now}}" } ] } }""", "status");
    }

    public static string Image(StoredObject pod) => (string)pod.ToJsonObject()["spec"]!["containers"]![0]!["image"]!;

    public static string[] Names(this World world) => [.. world.Live(World.Pods).Select(pod => pod.Key.Name)];

    public static StatefulSetState State(this World world) => StatefulSetState.Of(world.Get(Db));

    public static JsonNode Status(this World world) => world.Tree(Db)["status"]!;
}
