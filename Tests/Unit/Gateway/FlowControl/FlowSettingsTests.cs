using ControlPlane.Access;
using ControlPlane.Gateway.FlowControl;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;
using Tests.Support;
using Tests.Unit.Strategies;
using Xunit;

namespace Tests.Unit.Gateway.FlowControl;

/// <summary>Which flow schema a request belongs to, and what schemas and levels may be.</summary>
public sealed class FlowSettingsTests
{
    private static readonly KindCase Schemas = new("flowcontrol.apiserver.k8s.io", "flowschemas", "");
    private static readonly KindCase Levels = new("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations", "");

    [Theory]
    [InlineData("kubernetes-admin", "system:masters", "GET /api/v1/pods", "exempt exempt")]
    [InlineData("system:anonymous", "system:unauthenticated", "GET /readyz", "probes exempt")]
    [InlineData("system:anonymous", "system:unauthenticated", "GET /version", "global-default global-default")]
    [InlineData("system:kube-scheduler", "system:authenticated", "PUT /apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler", "system-leader-election leader-election")]
    [InlineData("system:kube-scheduler", "system:authenticated", "GET /api/v1/pods", "kube-scheduler workload-high")]
    [InlineData("system:node:a", "system:nodes", "PATCH /api/v1/nodes/a/status", "system-node-high node-high")]
    [InlineData("system:node:a", "system:nodes", "PUT /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/a", "system-node-high node-high")]
    [InlineData("system:node:a", "system:nodes", "GET /api/v1/pods", "system-nodes system")]
    [InlineData("system:serviceaccount:kube-system:x", "system:serviceaccounts", "GET /api/v1/pods", "kube-system-service-accounts workload-high")]
    [InlineData("system:serviceaccount:mine:x", "system:serviceaccounts", "GET /api/v1/pods", "service-accounts workload-low")]
    [InlineData("jane", "system:authenticated", "GET /api/v1/pods", "global-default global-default")]
    [InlineData("odd", "none", "GET /api/v1/pods", "catch-all catch-all")]
    public void Built_in_schemas_sort_requests_as_Kubernetes_does(string user, string group, string request, string expected)
    {
        var store = new ObjectStore();
        foreach (var missing in BuiltInFlows.Missing(store.Cache).ToArray()) Assert.IsType<ObjectAccepted>(store.Do(missing));
        Assert.Empty(BuiltInFlows.Missing(store.Cache));
        Assert.Equal(expected, Find(store, user, group, request));
    }

    [Fact]
    public void Mandatory_ones_hold_before_anything_is_stored()
    {
        var store = new ObjectStore();
        Assert.Equal("exempt exempt", Find(store, "root", "system:masters", "GET /api/v1/pods"));
        Assert.Equal("catch-all catch-all", Find(store, "jane", "system:authenticated", "GET /api/v1/pods"));
    }

    [Fact]
    public void Schema_with_the_least_precedence_has_a_request_and_one_whose_level_is_missing_has_none()
    {
        var store = new ObjectStore();
        Put(store, Schemas, "later", Schema("catch-all", 20, """{ "kind": "User", "user": { "name": "jane" } }"""));
        Put(store, Schemas, "first", Schema("catch-all", 10, """{ "kind": "Group", "group": { "name": "*" } }"""));
        Put(store, Schemas, "dangling", Schema("nowhere", 2, """{ "kind": "User", "user": { "name": "*" } }"""));
        Assert.Equal("first catch-all", Find(store, "jane", "system:authenticated", "GET /api/v1/namespaces/mine/pods"));
        Assert.Equal("catch-all catch-all", Find(store, "jane", "system:authenticated", "GET /api/v1/pods"));
        Assert.Equal("catch-all catch-all", Find(store, "jane", "system:authenticated", "GET /api/v1/namespaces/other/pods"));
    }

    [Fact]
    public void Status_says_whether_the_level_is_missing()
    {
        var store = new ObjectStore();
        var key = Put(store, Schemas, "mine", Schema("new", 20, """{ "kind": "User", "user": { "name": "jane" } }"""));
        store.Settle(new FlowSchemaReconciler(), key);
        Assert.Equal("True NotFound", Dangling(store, key));
        var level = Put(store, Levels, "new", """{ "spec": { "type": "Limited", "limited": { "limitResponse": { "type": "Reject" } } } }""");
        var woken = new List<ObjectKey>();
        new FlowSchemaWakeRule().Wake(new(store.Cache.Get(level)!, null, Deleted: false), store.Cache, woken);
        Assert.Equal([key], woken);
        store.Settle(new FlowSchemaReconciler(), key);
        Assert.Equal("False Found", Dangling(store, key));
    }

    [Fact]
    public void Absent_numbers_are_Kubernetes_defaults()
    {
        var level = PriorityLevel.Of(Levels.Create("""{ "spec": { "type": "Limited", "limited": { "limitResponse": { "type": "Queue" } } } }"""));
        Assert.Equal((30, 0, null, new Queuing(64, 8, 50)), (level.Shares, level.LendablePercent, level.BorrowingLimitPercent, level.Queuing));
        Assert.Equal(1000, FlowSchema.Of(Schemas.Create(Schema("x", null, """{ "kind": "User", "user": { "name": "jane" } }"""))).Precedence);
    }

    /// <summary>An older control plane has kept whatever it was sent.</summary>
    [Fact]
    public void Level_that_could_not_be_written_today_serves_requests()
    {
        var stored = new ObjectStore().Put(new(
            new("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations", "", "old"),
            """{ "metadata": { "name": "old" }, "spec": { "type": "Limited", "limited": { "nominalConcurrencyShares": -1, "lendablePercent": 900, "borrowingLimitPercent": 2147483647, "limitResponse": { "type": "Queue", "queuing": { "queues": 0, "handSize": -3, "queueLengthLimit": 0 } } } } }"""u8.ToArray(),
            0));
        var seats = new RequestSeats(10, TimeProvider.System);
        Assert.Equal(0, PriorityLevel.Of(stored).Shares);
        seats.Configure([PriorityLevel.Of(stored) with { Shares = 1 }]);
        using var seat = seats.Ask("old", 7, 1);
        Assert.Equal(1, seats.Uses().Single(use => use.Name == "old").Executing);
    }

    [Theory]
    [InlineData("""{ "spec": { "type": "Exempt" } }""", "spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if the name is 'exempt'")]
    [InlineData("""{ "spec": { "type": "Limited" } }""", "spec.limited: Required value: must not be empty when type is Limited")]
    [InlineData("""{ "spec": { "type": "Limited", "exempt": {}, "limited": { "limitResponse": { "type": "Reject" } } } }""", "spec.exempt: Forbidden: must be nil if the type is Limited")]
    [InlineData("""{ "spec": { "type": "Limited", "limited": { "lendablePercent": 101, "limitResponse": { "type": "Reject" } } } }""", "spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive")]
    [InlineData("""{ "spec": { "type": "Limited", "limited": { "borrowingLimitPercent": -1, "limitResponse": { "type": "Reject" } } } }""", "spec.limited.borrowingLimitPercent: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("""{ "spec": { "type": "Limited", "limited": {} } }""", "spec.limited.limitResponse.type: Required value")]
    [InlineData("""{ "spec": { "type": "Limited", "limited": { "limitResponse": { "type": "Reject", "queuing": {} } } } }""", "spec.limited.limitResponse.queuing: Forbidden")]
    [InlineData("""{ "spec": { "type": "Limited", "limited": { "limitResponse": { "type": "Queue", "queuing": { "queues": 2 } } } } }""", "spec.limited.limitResponse.queuing.handSize: Invalid value: 8: should not be greater than queues (2)")]
    [InlineData("""{ "spec": { "type": "Limited", "limited": { "limitResponse": { "type": "Queue", "queuing": { "queues": 10000, "handSize": 20 } } } } }""", "spec.limited.limitResponse.queuing.handSize: Invalid value: 20: required entropy bits")]
    public void Level_with_a_fault_is_refused(string json, string fault) => Assert.StartsWith(fault, Assert.Single(Levels.CreateFaults(json)), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ "kind": "User", "user": { "name": "x" } }""", 1, "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1")]
    [InlineData("""{ "kind": "User", "user": { "name": "x" } }""", 10001, "spec.matchingPrecedence: Invalid value: 10001: must be between 1 and 10000, inclusive")]
    [InlineData("""{ "kind": "Robot" }""", 5, "spec.rules[0].subjects[0].kind: Unsupported value: \"Robot\"")]
    [InlineData("""{ "kind": "User" }""", 5, "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'")]
    [InlineData("""{ "kind": "User", "user": { "name": "x" }, "group": { "name": "y" } }""", 5, "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'")]
    [InlineData("""{ "kind": "ServiceAccount", "serviceAccount": { "name": "x" } }""", 5, "spec.rules[0].subjects[0].serviceAccount.namespace: Required value")]
    public void Schema_with_a_fault_is_refused(string subject, int precedence, string fault) => Assert.StartsWith(fault, Assert.Single(Schemas.CreateFaults(Schema("x", precedence, subject))), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ "nonResourceRules": [ { "verbs": ["get"], "nonResourceURLs": ["/a*"] } ] }""", "spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: \"/a*\": wildcard can only do suffix matching")]
    [InlineData("""{ "resourceRules": [ { "verbs": ["get", "*"], "apiGroups": [""], "resources": ["pods"], "namespaces": ["*"] } ] }""", "spec.rules[0].resourceRules[0].verbs: Invalid value: [\"get\",\"*\"]: if '*' is present, must not specify other values")]
    [InlineData("""{ "resourceRules": [ { "verbs": ["eat"], "apiGroups": [""], "resources": ["pods"], "namespaces": ["*"] } ] }""", "spec.rules[0].resourceRules[0].verbs[0]: Unsupported value: \"eat\"")]
    [InlineData("""{ "resourceRules": [ { "verbs": ["get"], "apiGroups": [""], "resources": ["pods"] } ] }""", "spec.rules[0].resourceRules[0].namespaces: Required value")]
    [InlineData("{}", "spec.rules[0]: Required value: at least one of")]
    public void Rule_with_a_fault_is_refused(string rule, string fault)
    {
        var json = $$"""{ "spec": { "priorityLevelConfiguration": { "name": "x" }, "rules": [ {{rule[..^1]}}{{(rule == "{}" ? "" : ",")}} "subjects": [ { "kind": "User", "user": { "name": "x" } } ] } ] } }""";
        Assert.StartsWith(fault, Assert.Single(Schemas.CreateFaults(json)), StringComparison.Ordinal);
    }

    [Fact]
    public void Mandatory_ones_stay_what_they_are()
    {
        var store = new ObjectStore();
        foreach (var missing in BuiltInFlows.Missing(store.Cache).ToArray()) store.Do(missing);
        Assert.Contains("spec of 'catch-all' must equal the fixed value", Assert.Single(Schemas.PatchFaults(Stored(FlowSchema.Resource, "catch-all"), """{ "spec": { "matchingPrecedence": 9 } }""")), StringComparison.Ordinal);
        Assert.Contains("spec of 'catch-all' must equal the fixed value", Assert.Single(Levels.PatchFaults(Stored(PriorityLevel.Resource, "catch-all"), """{ "spec": { "limited": { "nominalConcurrencyShares": 9 } } }""")), StringComparison.Ordinal);
        Assert.Equal(9, Levels.Patched(Stored(PriorityLevel.Resource, "exempt"), """{ "spec": { "exempt": { "nominalConcurrencyShares": 9 } } }""")["spec"].Number("exempt", "nominalConcurrencyShares"));

        StoredObject Stored(GroupResource resource, string name) => store.Cache.Get(new ObjectKey(resource.Group, resource.Resource, "", name))!;
    }

    private static string Dangling(ObjectStore store, ObjectKey key)
    {
        var condition = Conditions.Find(store.Cache.Get(key)!.ToJsonObject()["status"], "Dangling")!;
        return $"{condition.Status} {condition.Reason}";
    }

    private static string Find(ObjectStore store, string user, string group, string request)
    {
        var (method, path) = (request.Split(' ')[0], request.Split(' ')[1]);
        var (schema, level) = new FlowSettings(store.Cache).Find(new(user, [group]), RequestInfo.Parse(method, path, watch: false));
        return $"{schema.Name} {level.Name}";
    }

    private static ObjectKey Put(ObjectStore store, KindCase kind, string name, string json) => store.Put(kind.Create(json, name)).Key;

    private static string Schema(string level, int? precedence, string subject) => $$"""
        { "spec": { "priorityLevelConfiguration": { "name": "{{level}}" }, {{(precedence is { } number ? $"\"matchingPrecedence\": {number}," : "")}}
          "rules": [ { "subjects": [ {{subject}} ], "resourceRules": [ { "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["mine"] } ] } ] } }
        """;
}
