using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads.DaemonSets;
using Shared.Api;

namespace Tests.Unit.Workloads;

/// <summary>A DaemonSet for tests, its nodes, and what a scheduler would do with its pods.</summary>
internal static class DaemonSamples
{
    public static readonly ObjectKey Agent = new("apps", "daemonsets", "default", "agent");

    public static JsonObject DaemonSet(string strategy = """{ "type": "RollingUpdate" }""", string pod = "") => JsonNode.Parse($$"""
        { "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": { "name": "agent", "namespace": "default" },
          "spec": { "selector": { "matchLabels": { "app": "agent" } }, "updateStrategy": {{strategy}},
            "template": { "metadata": { "labels": { "app": "agent" } }, "spec": { "containers": [ { "name": "c", "image": "v1" } ] {{(pod.Length > 0 ? ", " + pod : "")}} } } } }
        """)!.AsObject();

    public static void AddNode(this World world, string name, string labels = "{}", string taints = "[]") => world.Create(JsonNode.Parse($$"""
        { "apiVersion": "v1", "kind": "Node", "metadata": { "name": "{{name}}", "labels": {{labels}} }, "spec": { "taints": {{taints}} },
          "status": { "conditions": [ { "type": "Ready", "status": "True" } ] } }
        """)!.AsObject());

    public static void Taint(this World world, string node, string effect) =>
        world.Patch(NodeKey(node), $$"""{ "spec": { "taints": [ { "key": "broken", "effect": "{{effect}}" } ] } }""");

    public static void Untaint(this World world, string node) => world.Patch(NodeKey(node), """{ "spec": { "taints": null } }""");

    public static void RollAgent(this World world, string image) =>
        world.Patch(Agent, $$"""{ "spec": { "template": { "spec": { "containers": [ { "name": "c", "image": "{{image}}" } ] } } } }""");

    public static ObjectKey NodeKey(string name) => new("", "nodes", "", name);

    /// <summary>The node a pod is on, or was made for.</summary>
    public static string NodeOf(StoredObject pod) => DaemonPod.Of(pod, 0, default).Node;

    /// <summary>The pod is placed where it was made for, if there is such a node, and runs.</summary>
    public static void RunDaemon(this World world, ObjectKey pod, bool ready = true)
    {
        if (world.Find(NodeKey(NodeOf(world.Get(pod)))) is not null) world.Run(pod, ready, NodeOf(world.Get(pod)));
    }

    /// <summary>Every pod not being deleted becomes ready on its node and every other one is gone; until nothing changes any more.</summary>
    public static void FinishDaemons(this World world)
    {
        for (var round = 0; round < 100; round++)
        {
            world.Settle();
            var waiting = world.ActivePods.Where(pod => !pod.Header.Ready).ToArray();
            var going = world.Live(World.Pods).Where(pod => pod.Header.DeletionTimestamp is not null).ToArray();
            foreach (var pod in waiting) world.RunDaemon(pod.Key);
            foreach (var pod in going) world.Delete(pod.Key, grace: 0);
            world.Pass(TimeSpan.FromSeconds(30));
            if (waiting.Length == 0 && going.Length == 0 && world.PlanFor(Agent).Commands.IsEmpty) return;
        }
        throw new InvalidOperationException("The rollout never ended.");
    }

    public static string[] Nodes(this World world) => [.. world.ActivePods.Select(NodeOf).Order(StringComparer.Ordinal)];

    public static int Number(this World world, string member) => (int?)world.Tree(Agent)["status"]![member] ?? 0;
}
