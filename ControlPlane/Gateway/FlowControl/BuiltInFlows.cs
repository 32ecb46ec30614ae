using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Access;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Gateway.FlowControl;

/// <summary>The flow schemas and priority levels that every cluster begins with: Kubernetes', with its numbers. What is missing comes back at every start; what is there is left as it is.</summary>
internal static class BuiltInFlows
{
    /// <summary>The name of the schema and the level of those who never wait.</summary>
    public const string Exempt = "exempt";

    /// <summary>The name of the schema and the level of what belongs to no other.</summary>
    public const string CatchAll = "catch-all";

    private const string AutoUpdate = "apf.kubernetes.io/autoupdate-spec";
    private const string SystemNamespace = "kube-system";

    private static readonly Requester By = Requester.Controller("api-priority-and-fairness-config-producer");

    private static readonly ImmutableArray<JsonObject> Levels =
    [
        Level(Exempt, new JsonObject { ["type"] = "Exempt", ["exempt"] = new JsonObject { ["nominalConcurrencyShares"] = 0, ["lendablePercent"] = 0 } }),
        Limited(CatchAll, 5, 0, null),
        Limited("system", 30, 33, new(64, 6, 50)),
        Limited("node-high", 40, 25, new(64, 6, 50)),
        Limited("leader-election", 10, 0, new(16, 4, 50)),
        Limited("workload-high", 40, 50, new(128, 6, 50)),
        Limited("workload-low", 100, 90, new(128, 6, 50)),
        Limited("global-default", 20, 50, new(128, 6, 50)),
    ];

    private static readonly ImmutableArray<JsonObject> Schemas =
    [
        Schema(Exempt, Exempt, 1, null, Everything([Group(UserInfo.Masters)])),
        Schema(CatchAll, CatchAll, 10000, "ByUser", Everything([Group(UserInfo.Unauthenticated), Group(UserInfo.Authenticated)])),
        Schema("probes", Exempt, 2, null, Paths([Group(UserInfo.Unauthenticated), Group(UserInfo.Authenticated)], ["get"], ["/healthz", "/readyz", "/livez"])),
        Schema("system-leader-election", "leader-election", 100, "ByUser", Resources([User("system:kube-controller-manager"), User("system:kube-scheduler"), SystemAccounts()], ["get", "create", "update"], ["coordination.k8s.io"], ["leases"])),
        Schema("endpoint-controller", "workload-high", 150, "ByUser", Resources([User("system:kube-controller-manager"), Account("endpoint-controller"), Account("endpointslicemirroring-controller")], ["get", "create", "update"], [""], ["endpoints"])),
        Schema("workload-leader-election", "leader-election", 200, "ByUser", Resources([SystemAccounts()], ["get", "create", "update"], ["coordination.k8s.io"], ["leases"])),
        Schema("system-node-high", "node-high", 400, "ByUser", Resources([Group("system:nodes")], ["*"], [""], ["nodes", "nodes/status"], forCluster: true), Resources([Group("system:nodes")], ["*"], ["coordination.k8s.io"], ["leases"])),
        Schema("system-nodes", "system", 500, "ByUser", Everything([Group("system:nodes")])),
        Schema("kube-controller-manager", "workload-high", 800, "ByNamespace", Everything([User("system:kube-controller-manager")])),
        Schema("kube-scheduler", "workload-high", 800, "ByNamespace", Everything([User("system:kube-scheduler")])),
        Schema("kube-system-service-accounts", "workload-high", 900, "ByNamespace", Everything([SystemAccounts()])),
        Schema("service-accounts", "workload-low", 9000, "ByUser", Everything([Group("system:serviceaccounts")])),
        Schema("global-default", "global-default", 9900, "ByUser", Everything([Group(UserInfo.Unauthenticated), Group(UserInfo.Authenticated)])),
    ];

    /// <summary>The levels that hold even if nobody has stored them.</summary>
    public static ImmutableArray<PriorityLevel> MandatoryLevels { get; } = [.. Mandatory(Levels, PriorityLevel.Resource).Select(PriorityLevel.Of)];

    /// <summary>The schemas that hold even if nobody has stored them.</summary>
    public static ImmutableArray<FlowSchema> MandatorySchemas { get; } = [.. Mandatory(Schemas, FlowSchema.Resource).Select(FlowSchema.Of)];

    /// <summary>Creates those that are not there.</summary>
    public static IEnumerable<CreateObject> Missing(IObjectView view) => Keyed(Levels, PriorityLevel.Resource).Concat(Keyed(Schemas, FlowSchema.Resource))
        .Where(known => view.Get(known.Key) is null)
        .Select(known => new CreateObject(known.Key, known.Object.DeepClone().AsObject(), By));

    /// <summary>The spec that a mandatory object must have; null for any other.</summary>
    public static JsonObject? FixedSpec(GroupResource resource, string name) =>
        name is Exempt or CatchAll ? (resource == FlowSchema.Resource ? Schemas : Levels).First(known => known.Text("metadata", "name") == name).Child("spec") : null;

    private static IEnumerable<(ObjectKey Key, JsonObject Object)> Keyed(IEnumerable<JsonObject> objects, GroupResource resource) =>
        objects.Select(known => (new ObjectKey(resource.Group, resource.Resource, "", known.Text("metadata", "name")), known));

    private static IEnumerable<StoredObject> Mandatory(IEnumerable<JsonObject> objects, GroupResource resource) => Keyed(objects, resource)
        .Where(known => known.Key.Name is Exempt or CatchAll)
        .Select(known => new StoredObject(known.Key, ObjectJson.ToUtf8(known.Object), 0));

    private static JsonObject Level(string name, JsonObject spec) => Object("PriorityLevelConfiguration", name, spec);

    private static JsonObject Limited(string name, int shares, int lendable, Queuing? queuing) => Level(name, new JsonObject
    {
        ["type"] = "Limited",
        ["limited"] = new JsonObject
        {
            ["nominalConcurrencyShares"] = shares,
            ["lendablePercent"] = lendable,
            ["limitResponse"] = queuing is { } rules
                ? new JsonObject { ["type"] = "Queue", ["queuing"] = new JsonObject { ["queues"] = rules.Queues, ["handSize"] = rules.HandSize, ["queueLengthLimit"] = rules.LengthLimit } }
                : new JsonObject { ["type"] = "Reject" },
        },
    });

    private static JsonObject Schema(string name, string level, int precedence, string? distinguisher, params JsonObject[] rules)
    {
        var spec = new JsonObject { ["priorityLevelConfiguration"] = new JsonObject { ["name"] = level }, ["matchingPrecedence"] = precedence };
        if (distinguisher is not null) spec["distinguisherMethod"] = new JsonObject { ["type"] = distinguisher };
        spec["rules"] = new JsonArray([.. rules]);
        return Object("FlowSchema", name, spec);
    }

    private static JsonObject Object(string kind, string name, JsonObject spec) => new()
    {
        ["apiVersion"] = $"{FlowSchema.Resource.Group}/v1",
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = name, ["annotations"] = new JsonObject { [AutoUpdate] = "true" } },
        ["spec"] = spec,
    };

    private static JsonObject Everything(JsonObject[] subjects) => new()
    {
        ["subjects"] = new JsonArray([.. subjects]),
        ["resourceRules"] = new JsonArray(ResourceRule(["*"], ["*"], ["*"], forCluster: true)),
        ["nonResourceRules"] = new JsonArray(new JsonObject { ["verbs"] = Texts(["*"]), ["nonResourceURLs"] = Texts(["*"]) }),
    };

    private static JsonObject Resources(JsonObject[] subjects, string[] verbs, string[] groups, string[] resources, bool forCluster = false) =>
        new() { ["subjects"] = new JsonArray([.. subjects]), ["resourceRules"] = new JsonArray(ResourceRule(verbs, groups, resources, forCluster)) };

    private static JsonObject Paths(JsonObject[] subjects, string[] verbs, string[] paths) => new()
    {
        ["subjects"] = new JsonArray([.. subjects]),
        ["nonResourceRules"] = new JsonArray(new JsonObject { ["verbs"] = Texts(verbs), ["nonResourceURLs"] = Texts(paths) }),
    };

    private static JsonObject ResourceRule(string[] verbs, string[] groups, string[] resources, bool forCluster)
    {
        var rule = new JsonObject { ["verbs"] = Texts(verbs), ["apiGroups"] = Texts(groups), ["resources"] = Texts(resources) };
        if (forCluster) rule["clusterScope"] = true;
        rule["namespaces"] = Texts(["*"]);
        return rule;
    }

    private static JsonObject User(string name) => new() { ["kind"] = "User", ["user"] = new JsonObject { ["name"] = name } };

    private static JsonObject Group(string name) => new() { ["kind"] = "Group", ["group"] = new JsonObject { ["name"] = name } };

    private static JsonObject Account(string name) => new() { ["kind"] = "ServiceAccount", ["serviceAccount"] = new JsonObject { ["namespace"] = SystemNamespace, ["name"] = name } };

    private static JsonObject SystemAccounts() => Account("*");

    private static JsonArray Texts(string[] values) => new([.. values.Select(value => (JsonNode)value)]);
}
