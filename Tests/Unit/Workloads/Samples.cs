using System.Text.Json.Nodes;
using Shared.Api;
using Shared.Json;

namespace Tests.Unit.Workloads;

/// <summary>Objects for tests, and what a node would do with the pods.</summary>
internal static class Samples
{
    public static readonly ObjectKey Web = new("apps", "deployments", "default", "web");
    public static readonly ObjectKey Set = new("apps", "replicasets", "default", "web");

    public static JsonObject ReplicaSet(int replicas, string name = "web", string app = "web") => JsonNode.Parse($$"""
        { "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": { "name": "{{name}}", "namespace": "default", "labels": { "app": "{{app}}" } },
          "spec": { "replicas": {{replicas}}, "selector": { "matchLabels": { "app": "{{app}}" } }, "template": {{Template(app, "v1")}} } }
        """)!.AsObject();

    public static JsonObject Deployment(int replicas, string strategy = """{ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": "25%", "maxUnavailable": "25%" } }""") =>
        JsonNode.Parse($$"""
        { "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web", "namespace": "default" },
          "spec": { "replicas": {{replicas}}, "selector": { "matchLabels": { "app": "web" } }, "strategy": {{strategy}}, "template": {{Template("web", "v1")}} } }
        """)!.AsObject();

    public static JsonObject Pod(string name, string app = "web") => JsonNode.Parse($$"""
        { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "{{name}}", "namespace": "default", "labels": { "app": "{{app}}" } },
          "spec": { "containers": [ { "name": "c", "image": "i" } ] } }
        """)!.AsObject();

    public static string Template(string app, string image) =>
        $$"""{ "metadata": { "labels": { "app": "{{app}}" } }, "spec": { "containers": [ { "name": "c", "image": "{{image}}" } ] } }""";

    public static void Roll(this World world, string image) =>
        world.Patch(Web, $$"""{ "spec": { "template": { "spec": { "containers": [ { "name": "c", "image": "{{image}}" } ] } } } }""");

    public static void Scale(this World world, int replicas) => world.Patch(Web, $$"""{ "spec": { "replicas": {{replicas}} } }""");

    public static void Pause(this World world, bool paused) => world.Patch(Web, $$"""{ "spec": { "paused": {{(paused ? "true" : "false")}} } }""");

    /// <summary>The pod runs and is, or is not, ready.</summary>
    public static void Run(this World world, ObjectKey pod, bool ready = true, string node = "n1", int restarts = 0)
    {
        if (world.Get(pod).Header.NodeName.Length == 0) world.Patch(pod, $$"""{ "spec": { "nodeName": "{{node}}" } }""");
        var since = world.Get(pod).Header is { Ready: true, ReadySince: { } kept } && ready ? kept : world.Now;
        var started = world.Tree(pod).Time("status", "startTime") ?? world.Now;
        world.Patch(pod, $$"""
            { "status": { "phase": "Running", "startTime": "{{Rfc3339.Write(started)}}", "containerStatuses": [ { "name": "c", "restartCount": {{restarts}} } ],
              "conditions": [ { "type": "Ready", "status": "{{(ready ? "True" : "False")}}", "lastTransitionTime": "{{Rfc3339.Write(since)}}" } ] } }
            """, "status");
    }

    public static void Fail(this World world, ObjectKey pod) => world.Patch(pod, """{ "status": { "phase": "Failed", "conditions": null } }""", "status");

    /// <summary>Every pod not being deleted becomes ready and every other one is gone; until nothing changes any more.</summary>
    public static void Finish(this World world)
    {
        for (var round = 0; round < 200; round++)
        {
            world.Settle();
            var waiting = world.ActivePods.Where(pod => !pod.Header.Ready).ToArray();
            var going = world.Live(World.Pods).Where(pod => pod.Header.DeletionTimestamp is not null).ToArray();
            if (waiting.Length == 0 && going.Length == 0) return;
            foreach (var pod in waiting) world.Run(pod.Key);
            foreach (var pod in going) world.Delete(pod.Key, grace: 0);
        }
        throw new InvalidOperationException("The rollout never ended.");
    }

    public static int Number(this JsonObject tree, string part, string member) => (int?)tree[part]?[member] ?? 0;
}
