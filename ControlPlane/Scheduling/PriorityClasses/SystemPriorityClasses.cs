using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Scheduling.PriorityClasses;

/// <summary>The two classes that every cluster has, with Kubernetes' values; names with their prefix belong to nobody else.</summary>
public static class SystemPriorityClasses
{
    /// <summary>What their names begin with.</summary>
    public const string Prefix = "system-";

    /// <summary>The resource of PriorityClasses.</summary>
    public static readonly GroupResource Resource = new("scheduling.k8s.io", "priorityclasses");

    private static readonly Requester By = Requester.Controller("priority-class-controller");

    private static readonly ImmutableArray<(string Name, long Value, string Description)> All =
    [
        ("system-cluster-critical", 2_000_000_000, "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary."),
        ("system-node-critical", 2_000_001_000, "Used for system critical pods that must not be moved from their current node."),
    ];

    /// <summary>Whether this is one of them, as it should be.</summary>
    public static bool IsKnown(string name, long? value) => All.Any(known => known.Name == name && known.Value == value);

    /// <summary>The key of a class.</summary>
    public static ObjectKey Key(string name) => new(Resource.Group, Resource.Resource, "", name);

    /// <summary>Creates those that are not there.</summary>
    public static IEnumerable<CreateObject> Missing(IObjectView view) => All.Where(known => view.Get(Key(known.Name)) is null).Select(known => new CreateObject(
        Key(known.Name),
        new JsonObject
        {
            ["apiVersion"] = "scheduling.k8s.io/v1",
            ["kind"] = "PriorityClass",
            ["metadata"] = new JsonObject { ["name"] = known.Name },
            ["value"] = known.Value,
            ["description"] = known.Description,
        },
        By));
}
