using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Scheduling;
using Shared.Api;
using Shared.Json;

namespace Tests.Unit.Scheduling;

/// <summary>Pods and nodes for tests, as the cache would show them.</summary>
internal static class Some
{
    private static long _revision;

    public static ObjectKey PodKey(string name, string @namespace = "default") => new("", "pods", @namespace, name);

    /// <summary>A pod; <paramref name="spec"/> is merged over one container that asks for <paramref name="cpu"/> and <paramref name="memory"/>.</summary>
    public static StoredObject Pod(
        string name, string cpu = "", string memory = "", string owner = "", string node = "", string phase = "Pending", string spec = "{}",
        string uid = "", bool deleting = false, long generation = 1, DateTimeOffset created = default, string @namespace = "default", string labels = "{}")
    {
        var requests = new JsonObject();
        if (cpu.Length > 0) requests["cpu"] = cpu;
        if (memory.Length > 0) requests["memory"] = memory;
        var metadata = new JsonObject
        {
            ["name"] = name,
            ["namespace"] = @namespace,
            ["labels"] = JsonNode.Parse(labels),
            ["uid"] = uid.Length > 0 ? uid : $"uid-{name}",
            ["generation"] = generation,
            ["creationTimestamp"] = Rfc3339.Write(created),
        };
        if (owner.Length > 0)
        {
            metadata["ownerReferences"] = new JsonArray(new JsonObject
            {
                ["apiVersion"] = "apps/v1", ["kind"] = "ReplicaSet", ["name"] = owner, ["uid"] = owner, ["controller"] = true,
            });
        }
        if (deleting) metadata["deletionTimestamp"] = Rfc3339.Write(created);
        var full = new JsonObject
        {
            ["schedulerName"] = "default-scheduler",
            ["containers"] = new JsonArray(new JsonObject { ["name"] = "c", ["resources"] = new JsonObject { ["requests"] = requests } }),
        };
        foreach (var (member, value) in JsonNode.Parse(spec)!.AsObject()) full[member] = value?.DeepClone();
        if (node.Length > 0) full["nodeName"] = node;
        return Stored(PodKey(name, @namespace), new() { ["metadata"] = metadata, ["spec"] = full, ["status"] = new JsonObject { ["phase"] = phase } });
    }

    public static PodDemand Demand(string name = "p", string cpu = "", string memory = "", string owner = "", string spec = "{}", string @namespace = "default", string labels = "{}") =>
        PodDemand.Of(Pod(name, cpu, memory, owner, spec: spec, @namespace: @namespace, labels: labels));

    public static StoredObject Node(
        string name, string cpu = "4", string memory = "8Gi", string pods = "110", string zone = "", string taints = "[]", bool ready = true,
        bool unschedulable = false, string labels = "{}", string allocatable = "{}")
    {
        var all = JsonNode.Parse(labels)!.AsObject();
        all["kubernetes.io/hostname"] = name;
        if (zone.Length > 0) all["topology.kubernetes.io/zone"] = zone;
        var offered = new JsonObject { ["cpu"] = cpu, ["memory"] = memory, ["pods"] = pods };
        foreach (var (resource, amount) in JsonNode.Parse(allocatable)!.AsObject()) offered[resource] = amount?.DeepClone();
        return Stored(new("", "nodes", "", name), new()
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["uid"] = $"uid-{name}", ["labels"] = all },
            ["spec"] = new JsonObject { ["unschedulable"] = unschedulable, ["taints"] = JsonNode.Parse(taints) },
            ["status"] = new JsonObject
            {
                ["allocatable"] = offered,
                ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = ready ? "True" : "False" }),
            },
        });
    }

    public static ClusterLayout Cluster(params StoredObject[] nodes)
    {
        var layout = new ClusterLayout();
        foreach (var node in nodes) layout.SetNode(NodeOffer.Of(node));
        return layout;
    }

    /// <summary>The object as the newest of all there are.</summary>
    public static StoredObject Stored(ObjectKey key, JsonObject json) =>
        new(key, Encoding.UTF8.GetBytes(json.ToJsonString()), Interlocked.Increment(ref _revision));

    /// <summary>A change of the object, newer than all others.</summary>
    public static StoredObject Changed(StoredObject stored, Action<JsonObject> change)
    {
        var json = stored.ToJsonObject();
        change(json);
        return Stored(stored.Key, json);
    }
}
