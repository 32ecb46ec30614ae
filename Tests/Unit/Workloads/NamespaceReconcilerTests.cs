using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads.Namespaces;
using Shared.Api;
using Shared.Json;
using Xunit;

namespace Tests.Unit.Workloads;

public sealed class NamespaceReconcilerTests
{
    private static readonly ObjectKey Space = new("", "namespaces", "", "team");
    private readonly World _world = new();
    private readonly NamespaceReconciler _reconciler = new(() => WorldKinds.Namespaced.Select(kind => kind.GroupResource), () => "PEM");

    public NamespaceReconcilerTests() =>
        _world.Create(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = "team" } });

    private Plan Plan() => _reconciler.Reconcile(_world.Get(Space), _world.View, _world.Now);

    private Plan Step()
    {
        var plan = Plan();
        foreach (var command in plan.Commands) _world.Must(command);
        return plan;
    }

    private StoredObject Add(string kind, string name, string? finalizer = null)
    {
        var metadata = new JsonObject { ["name"] = name, ["namespace"] = "team" };
        if (finalizer is not null) metadata["finalizers"] = new JsonArray(finalizer);
        return _world.Create(new JsonObject { ["apiVersion"] = "v1", ["kind"] = kind, ["metadata"] = metadata });
    }

    private Condition? Condition(string type) => Conditions.Read(ObjectLimits.ParseElement(_world.Get(Space).Json).At("status")).Find(type);

    [Fact]
    public void Namespace_new_gets_its_account_and_the_authority()
    {
        Step();
        Assert.NotNull(_world.Find(new("", "serviceaccounts", "team", "default")));
        Assert.Equal("PEM", (string?)_world.Tree(new("", "configmaps", "team", "kube-root-ca.crt"))["data"]!["ca.crt"]);
        Assert.Empty(Plan().Commands);
    }

    [Fact]
    public void Namespace_authority_that_was_changed_is_put_back()
    {
        Step();
        var bundle = new ObjectKey("", "configmaps", "team", "kube-root-ca.crt");
        _world.Patch(bundle, """{ "data": { "ca.crt": "other", "mine": "kept" } }""");
        Step();
        Assert.Equal(("PEM", "kept"), ((string?)_world.Tree(bundle)["data"]!["ca.crt"], (string?)_world.Tree(bundle)["data"]!["mine"]));
        Assert.Empty(Plan().Commands);
    }

    [Fact]
    public void Namespace_deleted_and_empty_is_gone_with_one_plan()
    {
        _world.Delete(Space);
        Assert.NotNull(_world.Find(Space));
        Step();
        Assert.Null(_world.Find(Space));
    }

    [Fact]
    public void Namespace_deleted_takes_all_it_holds_pods_gracefully()
    {
        Step();
        Add("ConfigMap", "a");
        var pod = Add("Pod", "p");
        _world.Create(Samples.Pod("elsewhere"));
        _world.Delete(Space);
        Assert.NotNull(Step().RequeueAfter);
        Assert.Null(_world.Find(new("", "configmaps", "team", "a")));
        Assert.NotNull(_world.Get(pod.Key).Header.DeletionTimestamp);
        Step();
        Assert.Equal(("True", "SomeResourcesRemain", "Some resources are remaining: pods. has 1 resource instances"),
            (Condition("NamespaceContentRemaining")?.Status, Condition("NamespaceContentRemaining")?.Reason, Condition("NamespaceContentRemaining")?.Message));
        Assert.Equal("Terminating", (string?)_world.Tree(Space)["status"]!["phase"]);
        Assert.Empty(Plan().Commands);
        _world.Delete(pod.Key, grace: 0);
        Step();
        Assert.Null(_world.Find(Space));
        Assert.Single(_world.Live(World.Pods));
    }

    [Fact]
    public void Namespace_deleted_names_the_finalizers_it_waits_for()
    {
        Add("ConfigMap", "a", "x/hold");
        Add("ConfigMap", "b", "x/hold");
        _world.Delete(Space);
        Step();
        Step();
        Assert.Equal("Some content in the namespace has finalizers remaining: x/hold in 2 resource instances", Condition("NamespaceFinalizersRemaining")?.Message);
        Assert.Equal("False", Condition("NamespaceDeletionContentFailure")?.Status);
        foreach (var name in new[] { "a", "b" }) _world.Patch(new("", "configmaps", "team", name), """{ "metadata": { "finalizers": null } }""");
        Step();
        Assert.Null(_world.Find(Space));
    }

    [Fact]
    public void Namespace_deleted_takes_controllers_before_what_they_own()
    {
        Add("Pod", "p");
        var set = Samples.ReplicaSet(1);
        set.Metadata()["namespace"] = "team";
        _world.Create(set);
        _world.Delete(Space);
        Assert.Equal(["replicasets", "pods"], Plan().Commands.OfType<DeleteObject>().Select(delete => delete.Key.Resource));
    }

    [Fact]
    public void Namespace_with_very_much_in_it_is_emptied_in_portions()
    {
        for (var i = 0; i < 620; i++) Add("ConfigMap", $"c{i}");
        _world.Delete(Space);
        Assert.Equal(500, Plan().Commands.OfType<DeleteObject>().Count());
        Step();
        Step();
        Step();
        Assert.Null(_world.Find(Space));
    }

    [Fact]
    public void DefaultNamespaces_missing_are_created_once()
    {
        var plan = DefaultNamespaces.Missing(_world.View);
        Assert.Equal(["default", "kube-system", "kube-public", "kube-node-lease"], plan.Commands.Select(command => command.Key.Name));
        foreach (var command in plan.Commands) _world.Must(command);
        Assert.Empty(DefaultNamespaces.Missing(_world.View).Commands);
    }

    [Fact]
    public void WakeRule_wakes_a_namespace_that_waits_and_one_that_lost_its_furniture()
    {
        var keys = new List<ObjectKey>();
        var pod = Add("Pod", "p");
        var account = Add("ServiceAccount", "default");
        var rule = new NamespaceWakeRule();
        rule.Wake(new ObjectChange(pod, pod, Deleted: true), _world.View, keys);
        Assert.Empty(keys);
        rule.Wake(new ObjectChange(account, account, Deleted: true), _world.View, keys);
        Assert.Equal([Space], keys);
        keys.Clear();
        _world.Delete(Space);
        rule.Wake(new ObjectChange(pod, pod, Deleted: false), _world.View, keys);
        Assert.Empty(keys);
        rule.Wake(new ObjectChange(pod, pod, Deleted: true), _world.View, keys);
        rule.Wake(new ObjectChange(pod, null, Deleted: false), _world.View, keys);
        Assert.Equal([Space, Space], keys);
    }
}
