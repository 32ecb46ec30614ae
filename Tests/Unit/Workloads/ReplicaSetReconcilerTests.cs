using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads.Patches;
using ControlPlane.Workloads.ReplicaSets;
using Shared.Api;
using Xunit;

namespace Tests.Unit.Workloads;

public sealed class ReplicaSetReconcilerTests
{
    private static readonly ObjectKey Set = Samples.Set;
    private readonly World _world = new();

    private StoredObject[] Active => [.. _world.ActivePods];

    private StoredObject Owned(int replicas)
    {
        var set = _world.Create(Samples.ReplicaSet(replicas));
        _world.Settle();
        return set;
    }

    [Fact]
    public void ReplicaSet_without_pods_creates_all_with_the_templates_metadata()
    {
        var set = Owned(3);
        Assert.Equal(3, Active.Length);
        foreach (var pod in Active)
        {
            Assert.Matches("^web-[bcdfghjklmnpqrstvwxz2456789]{5}$", pod.Key.Name);
            var tree = pod.ToJsonObject();
            Assert.Equal("web-", (string?)tree["metadata"]!["generateName"]);
            Assert.Equal("web", (string?)tree["metadata"]!["labels"]!["app"]);
            Assert.Equal("v1", (string?)tree["spec"]!["containers"]![0]!["image"]);
            Assert.Equal(new OwnerRef("apps/v1", "ReplicaSet", "web", set.Uid, true, true), pod.Header.Controller);
        }
    }

    [Fact]
    public void ReplicaSet_template_with_annotations_and_finalizers_gives_them_to_its_pods()
    {
        var set = Samples.ReplicaSet(1);
        set["spec"]!["template"]!["metadata"]!["annotations"] = new JsonObject { ["a"] = "b" };
        set["spec"]!["template"]!["metadata"]!["finalizers"] = new JsonArray("x/y");
        _world.Create(set);
        _world.Settle();
        Assert.Equal("b", (string?)Active[0].ToJsonObject()["metadata"]!["annotations"]!["a"]);
        Assert.Equal("x/y", Assert.Single(Active[0].Header.Finalizers));
    }

    [Fact]
    public void ReplicaSet_plan_carried_out_leads_to_an_empty_plan()
    {
        Owned(4);
        Assert.Empty(_world.PlanFor(Set).Commands);
    }

    [Fact]
    public void ReplicaSet_same_state_asks_for_the_same_pods()
    {
        _world.Create(Samples.ReplicaSet(5));
        var (first, second) = (_world.PlanFor(Set), _world.PlanFor(Set));
        Assert.Equal(first.Commands.Select(command => command.Key), second.Commands.Select(command => command.Key));
    }

    [Fact]
    public void ReplicaSet_many_missing_creates_at_most_500_with_one_plan_and_all_names_differ()
    {
        _world.Create(Samples.ReplicaSet(1200));
        var creates = _world.PlanFor(Set).Commands.OfType<CreateObject>().ToArray();
        Assert.Equal(500, creates.Length);
        Assert.Equal(500, creates.DistinctBy(create => create.Key).Count());
        _world.Settle();
        Assert.Equal(1200, Active.Length);
    }

    [Fact]
    public void ReplicaSet_ended_and_terminating_pods_are_replaced()
    {
        Owned(3);
        foreach (var pod in Active) _world.Run(pod.Key);
        _world.Fail(Active[0].Key);
        _world.Delete(Active[0].Key);
        _world.Settle();
        Assert.Equal(3, Active.Length);
        Assert.Equal(5, _world.Live(World.Pods).Count());
        Assert.Equal(1, _world.Tree(Set).Number("status", "terminatingReplicas"));
    }

    [Fact]
    public void ReplicaSet_orphans_that_match_are_adopted_and_counted()
    {
        _world.Create(Samples.Pod("stray"));
        _world.Create(Samples.Pod("other", app: "other"));
        Owned(2);
        Assert.Equal(3, Active.Length);
        Assert.Equal("web", _world.Get(new("", "pods", "default", "stray")).Header.Controller?.Name);
        Assert.Null(_world.Get(new("", "pods", "default", "other")).Header.Controller);
    }

    [Fact]
    public void ReplicaSet_terminating_orphan_is_not_adopted()
    {
        _world.Create(Samples.Pod("stray"));
        _world.Delete(new("", "pods", "default", "stray"));
        Owned(1);
        Assert.Null(_world.Get(new("", "pods", "default", "stray")).Header.Controller);
    }

    [Fact]
    public void ReplicaSet_pod_that_no_longer_matches_is_released_and_replaced()
    {
        Owned(2);
        var pod = Active[0].Key;
        _world.Patch(pod, """{ "metadata": { "labels": { "app": "debug" } } }""");
        _world.Settle();
        Assert.Empty(_world.Get(pod).Header.Owners);
        Assert.Equal(3, Active.Length);
    }

    [Fact]
    public void ReplicaSet_pod_of_another_controller_is_left_alone()
    {
        _world.Create(Samples.ReplicaSet(1, name: "first"));
        _world.Settle();
        var taken = Active[0].Header.Controller;
        Owned(1);
        Assert.Equal(2, Active.Length);
        Assert.Contains(Active, pod => pod.Header.Controller == taken);
    }

    [Fact]
    public void Adoption_rival_was_faster_is_refused()
    {
        _world.Create(Samples.Pod("stray"));
        var key = new ObjectKey("", "pods", "default", "stray");
        _world.Patch(key, new AdoptPatch(new("apps/v1", "ReplicaSet", "first", "uid-first", true, true)));
        var late = _world.Send(new PatchObject(key, new AdoptPatch(new("apps/v1", "ReplicaSet", "second", "uid-second", true, true)), "", Requester.Controller("test")));
        Assert.Equal("Conflict", Assert.IsType<ObjectRejected>(late).Status.Reason);
    }

    [Fact]
    public void ReplicaSet_being_deleted_creates_and_adopts_nothing()
    {
        var set = Samples.ReplicaSet(3);
        set["metadata"]!["finalizers"] = new JsonArray("x/y");
        _world.Create(set);
        _world.Delete(Set);
        _world.Create(Samples.Pod("stray"));
        _world.Settle();
        Assert.Single(Active);
        Assert.Null(Active[0].Header.Controller);
    }

    [Fact]
    public void ReplicaSet_in_an_ending_namespace_creates_nothing()
    {
        _world.Create(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = "default" } });
        _world.Delete(new("", "namespaces", "", "default"));
        Owned(3);
        Assert.Empty(Active);
    }

    [Fact]
    public void ReplicaSet_status_counts_what_its_pods_are()
    {
        Owned(3);
        _world.Run(Active[0].Key);
        _world.Run(Active[1].Key, ready: false);
        _world.Patch(Active[2].Key, """{ "metadata": { "labels": { "extra": "1" } } }""");
        _world.Settle();
        var status = _world.Tree(Set);
        Assert.Equal((3, 3, 1, 1, 1), (status.Number("status", "replicas"), status.Number("status", "fullyLabeledReplicas"),
            status.Number("status", "readyReplicas"), status.Number("status", "availableReplicas"), status.Number("status", "observedGeneration")));
    }

    [Fact]
    public void ReplicaSet_status_that_is_only_zero_still_names_replicas()
    {
        Owned(0);
        Assert.Equal("""{"replicas":0,"observedGeneration":1}""", _world.Tree(Set)["status"]!.ToJsonString());
    }

    [Fact]
    public void ReplicaSet_with_min_ready_seconds_looks_again_when_the_next_pod_becomes_available()
    {
        var set = Samples.ReplicaSet(2);
        set["spec"]!["minReadySeconds"] = 10;
        _world.Create(set);
        _world.Settle();
        _world.Run(Active[0].Key);
        _world.Pass(TimeSpan.FromSeconds(4));
        _world.Run(Active[1].Key);
        _world.Settle();
        Assert.Equal(0, _world.Tree(Set).Number("status", "availableReplicas"));
        Assert.Equal(TimeSpan.FromSeconds(6), _world.PlanFor(Set).RequeueAfter);
        _world.Pass(TimeSpan.FromSeconds(6));
        _world.Settle();
        Assert.Equal(1, _world.Tree(Set).Number("status", "availableReplicas"));
        _world.Pass(TimeSpan.FromSeconds(4));
        _world.Settle();
        Assert.Equal(2, _world.Tree(Set).Number("status", "availableReplicas"));
        Assert.Null(_world.PlanFor(Set).RequeueAfter);
    }

    [Fact]
    public void ReplicaSet_create_and_delete_are_told_as_events()
    {
        Owned(2);
        _world.Patch(Set, """{ "spec": { "replicas": 1 } }""");
        _world.Settle();
        Assert.Equal(["SuccessfulCreate", "SuccessfulCreate", "SuccessfulDelete"], _world.Events.Select(note => note.Reason));
        Assert.StartsWith("Created pod: web-", _world.Events[0].Message);
        Assert.Equal(_world.Get(Set).Uid, _world.Events[0].Regarding.Uid);
    }

    [Fact]
    public void ReplicaSet_refused_pods_are_told_once_and_the_condition_goes_when_they_come()
    {
        _world.Create(Samples.ReplicaSet(3));
        _world.Refuse = command => command is CreateObject ? ApiStatus.Forbidden("exceeded quota") : null;
        _world.Reconcile(Set);
        _world.Reconcile(Set);
        var failure = Conditions.Read(JsonElementOf(Set)).Find("ReplicaFailure");
        Assert.Equal(("True", "FailedCreate", "exceeded quota"), (failure?.Status, failure?.Reason, failure?.Message));
        Assert.Equal(2, _world.Events.Count(note => note is { Reason: "FailedCreate", Type: "Warning", Message: "Error creating: exceeded quota" }));
        _world.Refuse = _ => null;
        _world.Settle();
        Assert.Empty(Conditions.Read(JsonElementOf(Set)));
        Assert.Equal(3, Active.Length);
    }

    [Fact]
    public void ReplicaSet_name_that_was_taken_meanwhile_is_no_failure()
    {
        _world.Create(Samples.ReplicaSet(1));
        _world.Refuse = command => command is CreateObject ? ApiStatus.AlreadyExists(command.Key) : null;
        _world.Reconcile(Set);
        Assert.Empty(_world.Events);
        Assert.Empty(Conditions.Read(JsonElementOf(Set)));
    }

    [Fact]
    public void ReplicaSet_deletions_name_the_uid_they_mean()
    {
        Owned(2);
        _world.Patch(Set, """{ "spec": { "replicas": 0 } }""");
        var deletes = _world.PlanFor(Set).Commands.OfType<DeleteObject>().ToArray();
        Assert.Equal(2, deletes.Length);
        Assert.All(deletes, delete => Assert.Equal(_world.Get(delete.Key).Uid, delete.Preconditions.Uid));
    }

    private System.Text.Json.JsonElement JsonElementOf(ObjectKey key) => ReplicaSetState.Of(_world.Get(key)).Status;
}
