using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Xunit;

namespace Tests.Unit.Workloads;

public sealed class DeploymentReconcilerTests
{
    private static readonly ObjectKey Web = Samples.Web;
    private readonly World _world = new();

    private JsonObject Tree => _world.Tree(Web);
    private StoredObject[] Sets => [.. _world.Live(World.ReplicaSets)];
    private string Reason => Condition("Progressing")?.Reason ?? "";

    private void Deployed(int replicas)
    {
        _world.Create(Samples.Deployment(replicas));
        _world.Finish();
    }

    private StoredObject SetOf(string image) => Sets.Single(set => ImageOf(set) == image);

    private static string ImageOf(StoredObject stored) => (string)stored.ToJsonObject()["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!;

    private static int Size(StoredObject set) => set.ToJsonObject().Number("spec", "replicas");

    private static string? Annotation(StoredObject stored, string name) => (string?)stored.ToJsonObject()["metadata"]!["annotations"]?[$"deployment.kubernetes.io/{name}"];

    private Condition? Condition(string type) =>
        Conditions.Read(System.Text.Json.JsonDocument.Parse((Tree["status"] ?? new JsonObject()).ToJsonString()).RootElement).Find(type);

    [Fact]
    public void Deployment_new_makes_a_labelled_replica_set_of_its_template()
    {
        var deployment = Samples.Deployment(3);
        deployment["metadata"]!["annotations"] = new JsonObject { ["kubernetes.io/change-cause"] = "first", ["kubectl.kubernetes.io/last-applied-configuration"] = "{}" };
        deployment["spec"]!["minReadySeconds"] = 2;
        _world.Create(deployment);
        _world.Settle();
        var set = Sets.Single();
        var tree = set.ToJsonObject();
        var hash = set.Key.Name["web-".Length..];
        Assert.Equal(hash, (string?)tree["metadata"]!["labels"]!["pod-template-hash"]);
        Assert.Equal(hash, (string?)tree["spec"]!["selector"]!["matchLabels"]!["pod-template-hash"]);
        Assert.Equal(hash, (string?)tree["spec"]!["template"]!["metadata"]!["labels"]!["pod-template-hash"]);
        Assert.Equal(("1", "3", "4"), (Annotation(set, "revision"), Annotation(set, "desired-replicas"), Annotation(set, "max-replicas")));
        Assert.Equal("first", (string?)tree["metadata"]!["annotations"]!["kubernetes.io/change-cause"]);
        Assert.Null(tree["metadata"]!["annotations"]!["kubectl.kubernetes.io/last-applied-configuration"]);
        Assert.Equal(2, tree.Number("spec", "minReadySeconds"));
        Assert.Equal("1", Annotation(_world.Get(Web), "revision"));
        Assert.All(_world.ActivePods, pod => Assert.Equal(hash, pod.Header.Labels["pod-template-hash"]));
    }

    [Fact]
    public void Rollout_that_fails_is_undone_where_the_Deployment_asks_for_it_and_two_bad_ones_never_take_turns()
    {
        Deployed(2);
        _world.Patch(Web, """{ "metadata": { "annotations": { "deployments.actors.io/automatic-rollback": "true" } }, "spec": { "progressDeadlineSeconds": 10 } }""");
        foreach (var bad in new[] { "bad-1", "bad-2", "bad-1" })
        {
            _world.Roll(bad);
            _world.Settle();
            _world.Pass(TimeSpan.FromSeconds(20));
            _world.Settle();
            Assert.Equal("v1", ImageOf(_world.Get(Web)));
            _world.Finish();
            Assert.All(_world.ActivePods, pod => Assert.Equal("v1", StatefulSamples.Image(pod)));
            Assert.Equal("NewReplicaSetAvailable", Reason);
        }
        Assert.Equal(3, _world.Events.Count(note => note.Reason == "DeploymentRollback"));
    }

    [Fact]
    public void Rollout_that_fails_stays_where_nobody_asked_or_there_is_nothing_to_go_back_to()
    {
        _world.Create(Samples.Deployment(2));
        _world.Patch(Web, """{ "metadata": { "annotations": { "deployments.actors.io/automatic-rollback": "true" } }, "spec": { "progressDeadlineSeconds": 10 } }""");
        _world.Settle();
        _world.Pass(TimeSpan.FromSeconds(20));
        _world.Settle();
        Assert.Equal("ProgressDeadlineExceeded", Reason);
        _world.Finish();
        _world.Patch(Web, """{ "metadata": { "annotations": { "deployments.actors.io/automatic-rollback": null } } }""");
        _world.Roll("bad");
        _world.Settle();
        _world.Pass(TimeSpan.FromSeconds(20));
        _world.Settle();
        Assert.Equal("bad", ImageOf(_world.Get(Web)));
    }

    [Fact]
    public void Change_of_what_the_template_refers_to_is_a_rollout_where_the_Deployment_asks_for_it()
    {
        var config = JsonNode.Parse("""{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "settings", "namespace": "default" }, "data": { "a": "1" } }""")!.AsObject();
        var key = _world.Create(config).Key;
        var deployment = Samples.Deployment(2);
        deployment["metadata"]!["annotations"] = new JsonObject { ["deployments.actors.io/roll-on-config-change"] = "true" };
        deployment["spec"]!["template"]!["spec"]!["containers"]![0]!["envFrom"] = JsonNode.Parse("""[ { "configMapRef": { "name": "settings" } } ]""");
        _world.Create(deployment);
        _world.Finish();
        Assert.Single(Sets);
        _world.Patch(key, """{ "metadata": { "labels": { "x": "y" } } }""");
        _world.Finish();
        Assert.Single(Sets);
        _world.Patch(key, """{ "data": { "a": "2" } }""");
        _world.Finish();
        Assert.Equal(2, Sets.Length);
        _world.Patch(key, """{ "data": { "a": "1" } }""");
        _world.Finish();
        Assert.Equal(2, Sets.Length);
        Assert.Equal("3", Annotation(_world.Get(Web), "revision"));
    }

    [Fact]
    public void Deployment_new_says_how_far_it_is()
    {
        _world.Create(Samples.Deployment(3));
        _world.Reconcile(Web);
        Assert.Equal("NewReplicaSetCreated", Reason);
        Assert.Equal("MinimumReplicasUnavailable", Condition("Available")?.Reason);
        _world.Settle();
        Assert.Equal((3, 3, 3, 0), (Tree.Number("status", "replicas"), Tree.Number("status", "updatedReplicas"), Tree.Number("status", "unavailableReplicas"), Tree.Number("status", "readyReplicas")));
        Assert.Equal("ReplicaSetUpdated", Reason);
        _world.Finish();
        Assert.Equal((3, 3, 0, 3), (Tree.Number("status", "availableReplicas"), Tree.Number("status", "readyReplicas"), Tree.Number("status", "unavailableReplicas"), Tree.Number("status", "updatedReplicas")));
        Assert.Equal("NewReplicaSetAvailable", Reason);
        Assert.Equal($"ReplicaSet \"{Sets[0].Key.Name}\" has successfully progressed.", Condition("Progressing")?.Message);
        Assert.Equal(("True", "MinimumReplicasAvailable"), (Condition("Available")?.Status, Condition("Available")?.Reason));
        Assert.Equal(Tree.Number("metadata", "generation"), Tree.Number("status", "observedGeneration"));
        Assert.Empty(_world.PlanFor(Web).Commands);
    }

    [Fact]
    public void Deployment_scaled_sizes_its_set_and_tells()
    {
        Deployed(3);
        _world.Scale(6);
        _world.Settle();
        Assert.Equal(6, Size(Sets.Single()));
        Assert.Equal(("6", "8"), (Annotation(Sets[0], "desired-replicas"), Annotation(Sets[0], "max-replicas")));
        _world.Scale(2);
        _world.Finish();
        Assert.Equal(2, _world.ActivePods.Count());
        var name = Sets[0].Key.Name;
        Assert.Equal(
            [$"Scaled up replica set {name} from 0 to 3", $"Scaled up replica set {name} from 3 to 6", $"Scaled down replica set {name} from 6 to 2"],
            _world.Events.Where(note => note.Reason == "ScalingReplicaSet").Select(note => note.Message));
    }

    [Fact]
    public void Deployment_rolled_replaces_its_pods_and_keeps_the_old_set()
    {
        Deployed(4);
        _world.Roll("v2");
        _world.Finish();
        Assert.Equal((0, 4), (Size(SetOf("v1")), Size(SetOf("v2"))));
        Assert.Equal(("1", "2", "2"), (Annotation(SetOf("v1"), "revision"), Annotation(SetOf("v2"), "revision"), Annotation(_world.Get(Web), "revision")));
        Assert.Equal("NewReplicaSetAvailable", Reason);
        Assert.All(_world.ActivePods, pod => Assert.Equal(SetOf("v2").Uid, pod.Header.Controller?.Uid));
    }

    [Fact]
    public void Deployment_rolled_back_uses_the_old_set_again_under_a_new_revision()
    {
        Deployed(2);
        var first = Sets.Single().Key;
        _world.Roll("v2");
        _world.Finish();
        _world.Roll("v1");
        _world.Finish();
        Assert.Equal(2, Sets.Length);
        Assert.Equal(("3", "1"), (Annotation(_world.Get(first), "revision"), Annotation(_world.Get(first), "revision-history")));
        Assert.Equal("3", Annotation(_world.Get(Web), "revision"));
        Assert.Equal(2, Size(_world.Get(first)));
        _world.Roll("v2");
        _world.Finish();
        _world.Roll("v1");
        _world.Finish();
        Assert.Equal("1,3", Annotation(_world.Get(first), "revision-history"));
    }

    [Fact]
    public void Deployment_restarted_by_annotation_makes_a_new_set()
    {
        Deployed(2);
        _world.Patch(Web, """{ "spec": { "template": { "metadata": { "annotations": { "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z" } } } } }""");
        _world.Finish();
        Assert.Equal(2, Sets.Length);
        Assert.Equal("2", Annotation(_world.Get(Web), "revision"));
    }

    [Fact]
    public void Deployment_change_cause_follows_to_the_current_set_only()
    {
        Deployed(1);
        _world.Patch(Web, """{ "metadata": { "annotations": { "kubernetes.io/change-cause": "why" } } }""");
        _world.Settle();
        Assert.Equal("why", (string?)SetOf("v1").ToJsonObject()["metadata"]!["annotations"]!["kubernetes.io/change-cause"]);
    }

    [Fact]
    public void Deployment_with_a_broken_version_stops_and_says_so()
    {
        Deployed(4);
        _world.Roll("broken");
        _world.Settle();
        Assert.Equal((3, 2), (Size(SetOf("v1")), Size(SetOf("broken"))));
        Assert.NotNull(_world.PlanFor(Web).RequeueAfter);
        _world.Pass(TimeSpan.FromSeconds(601));
        _world.Settle();
        Assert.Equal((3, 2), (Size(SetOf("v1")), Size(SetOf("broken"))));
        Assert.Equal(("False", "ProgressDeadlineExceeded"), (Condition("Progressing")?.Status, Reason));
        Assert.Equal("True", Condition("Available")?.Status);
        Assert.Null(_world.PlanFor(Web).RequeueAfter);
        _world.Roll("v1");
        _world.Finish();
        Assert.Equal(("NewReplicaSetAvailable", 4, 0), (Reason, Size(SetOf("v1")), Size(SetOf("broken"))));
    }

    [Fact]
    public void Deployment_progress_starts_the_deadline_anew()
    {
        _world.Create(Samples.Deployment(2));
        _world.Settle();
        _world.Pass(TimeSpan.FromSeconds(599));
        _world.Run(_world.ActivePods.First().Key);
        _world.Settle();
        _world.Pass(TimeSpan.FromSeconds(599));
        _world.Settle();
        Assert.Equal("ReplicaSetUpdated", Reason);
        Assert.InRange(_world.PlanFor(Web).RequeueAfter!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));
    }

    [Fact]
    public void Deployment_without_deadline_has_no_progress_condition()
    {
        var deployment = Samples.Deployment(1);
        deployment["spec"]!["progressDeadlineSeconds"] = int.MaxValue;
        _world.Create(deployment);
        _world.Finish();
        Assert.Null(Condition("Progressing"));
        Assert.Null(_world.PlanFor(Web).RequeueAfter);
    }

    [Fact]
    public void Deployment_paused_does_not_roll_but_scales_and_resumes()
    {
        Deployed(4);
        _world.Pause(true);
        _world.Roll("v2");
        _world.Settle();
        Assert.Single(Sets);
        Assert.Equal(("Unknown", "DeploymentPaused"), (Condition("Progressing")?.Status, Reason));
        Assert.Equal(0, Tree.Number("status", "updatedReplicas"));
        _world.Scale(5);
        _world.Finish();
        Assert.Equal(5, _world.ActivePods.Count());
        _world.Pass(TimeSpan.FromHours(1));
        _world.Settle();
        Assert.Equal("DeploymentPaused", Reason);
        _world.Pause(false);
        _world.Reconcile(Web);
        Assert.Equal(2, Sets.Length);
        _world.Finish();
        Assert.Equal((5, "NewReplicaSetAvailable"), (Size(SetOf("v2")), Reason));
    }

    [Fact]
    public void Deployment_paused_and_resumed_unchanged_becomes_available_again()
    {
        Deployed(2);
        _world.Pause(true);
        _world.Settle();
        _world.Pause(false);
        _world.Reconcile(Web);
        _world.Settle();
        Assert.Equal("NewReplicaSetAvailable", Reason);
    }

    [Fact]
    public void Deployment_scaled_in_mid_rollout_shares_among_its_sets()
    {
        _world.Create(Samples.Deployment(10, """{ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": 3, "maxUnavailable": 2 } }"""));
        _world.Finish();
        _world.Roll("v2");
        _world.Settle();
        Assert.Equal((8, 5), (Size(SetOf("v1")), Size(SetOf("v2"))));
        _world.Scale(15);
        _world.Settle();
        Assert.Equal((11, 7), (Size(SetOf("v1")), Size(SetOf("v2"))));
        _world.Finish();
        Assert.Equal((0, 15), (Size(SetOf("v1")), Size(SetOf("v2"))));
    }

    [Fact]
    public void Deployment_scaled_down_in_mid_rollout_takes_pods_that_serve_nobody_first()
    {
        _world.Create(Samples.Deployment(10, """{ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": 1, "maxUnavailable": 0 } }"""));
        _world.Finish();
        _world.Roll("v2");
        _world.Settle();
        _world.Scale(9);
        _world.Settle();
        Assert.True(_world.ActivePods.Count(pod => pod.Header.Ready) >= 9);
    }

    [Fact]
    public void Deployment_scaled_to_none_in_mid_rollout_empties_all_sets()
    {
        Deployed(6);
        _world.Roll("v2");
        _world.Settle();
        _world.Scale(0);
        _world.Finish();
        Assert.Empty(_world.ActivePods);
        _world.Scale(3);
        _world.Finish();
        Assert.Equal((0, 3), (Size(SetOf("v1")), Size(SetOf("v2"))));
    }

    [Fact]
    public void Deployment_recreate_waits_until_the_last_old_pod_is_gone()
    {
        _world.Create(Samples.Deployment(3, """{ "type": "Recreate" }"""));
        _world.Finish();
        _world.Roll("v2");
        _world.Settle();
        Assert.Empty(_world.ActivePods);
        Assert.Single(Sets);
        var going = _world.Live(World.Pods).ToArray();
        foreach (var pod in going.Skip(1)) _world.Delete(pod.Key, grace: 0);
        _world.Settle();
        Assert.Empty(_world.ActivePods);
        _world.Delete(going[0].Key, grace: 0);
        _world.Finish();
        Assert.Equal((0, 3), (Size(SetOf("v1")), Size(SetOf("v2"))));
        Assert.Equal("NewReplicaSetAvailable", Reason);
    }

    [Fact]
    public void Deployment_history_beyond_the_limit_is_cleaned_oldest_first()
    {
        var deployment = Samples.Deployment(1);
        deployment["spec"]!["revisionHistoryLimit"] = 2;
        _world.Create(deployment);
        _world.Finish();
        foreach (var image in new[] { "v2", "v3", "v4", "v5" })
        {
            _world.Roll(image);
            _world.Finish();
        }
        Assert.Equal(["v3", "v4", "v5"], Sets.Select(ImageOf).Order());
    }

    [Fact]
    public void Deployment_adopts_a_set_that_matches_and_has_its_template()
    {
        var set = Samples.ReplicaSet(2);
        _world.Create(set);
        _world.Settle();
        _world.Create(Samples.Deployment(2));
        _world.Finish();
        Assert.Equal("web", Sets.Single().Header.Controller?.Name);
        Assert.Equal("Deployment", Sets.Single().Header.Controller?.Kind);
        Assert.Equal(2, _world.ActivePods.Count());
    }

    [Fact]
    public void Deployment_found_set_is_named_in_the_condition()
    {
        _world.Create(Samples.ReplicaSet(0));
        _world.Settle();
        _world.Create(Samples.Deployment(2));
        _world.Reconcile(Web);
        Assert.Equal("FoundNewReplicaSet", Reason);
    }

    [Fact]
    public void Deployment_name_of_its_set_taken_counts_a_collision_and_takes_another()
    {
        _world.Create(Samples.Deployment(1));
        var wanted = _world.PlanFor(Web).Commands.OfType<CreateObject>().Single().Key.Name;
        _world.Create(Samples.ReplicaSet(0, name: wanted, app: "other"));
        _world.Finish();
        Assert.Equal(1, Tree.Number("status", "collisionCount"));
        Assert.Equal(2, Sets.Length);
        Assert.Single(_world.ActivePods);
    }

    [Fact]
    public void Deployment_refused_set_is_told_and_comes_when_it_may()
    {
        _world.Create(Samples.Deployment(1));
        _world.Refuse = command => command is CreateObject ? ApiStatus.Forbidden("exceeded quota") : null;
        _world.Reconcile(Web);
        _world.Reconcile(Web);
        Assert.Equal(("False", "ReplicaSetCreateError"), (Condition("Progressing")?.Status, Reason));
        Assert.Contains(_world.Events, note => note is { Type: "Warning", Reason: "ReplicaSetCreateError" } && note.Message.Contains("exceeded quota"));
        _world.Refuse = _ => null;
        _world.Finish();
        Assert.Equal("NewReplicaSetAvailable", Reason);
    }

    [Fact]
    public void Deployment_failure_of_its_pods_shows_in_its_own_conditions()
    {
        _world.Create(Samples.Deployment(1));
        _world.Refuse = command => command is CreateObject { Key.Resource: "pods" } ? ApiStatus.Forbidden("exceeded quota") : null;
        _world.Reconcile(Web);
        _world.Reconcile(Sets[0].Key);
        _world.Reconcile(Web);
        Assert.Equal(("True", "FailedCreate"), (Condition("ReplicaFailure")?.Status, Condition("ReplicaFailure")?.Reason));
        _world.Refuse = _ => null;
        _world.Finish();
        Assert.Null(Condition("ReplicaFailure"));
    }

    [Fact]
    public void Deployment_being_deleted_only_reports()
    {
        var deployment = Samples.Deployment(2);
        deployment["metadata"]!["finalizers"] = new JsonArray("x/y");
        _world.Create(deployment);
        _world.Finish();
        _world.Roll("v2");
        _world.Delete(Web);
        _world.Settle();
        Assert.Single(Sets);
    }

    [Fact]
    public void Deployment_set_changed_by_hand_is_brought_back()
    {
        Deployed(3);
        _world.Patch(Sets[0].Key, """{ "spec": { "replicas": 9 } }""");
        _world.Finish();
        Assert.Equal(3, _world.ActivePods.Count());
    }

    [Fact]
    public void Deployment_min_ready_seconds_changed_reaches_its_set()
    {
        Deployed(1);
        _world.Patch(Web, """{ "spec": { "minReadySeconds": 7 } }""");
        _world.Settle();
        Assert.Equal(7, Sets[0].ToJsonObject().Number("spec", "minReadySeconds"));
    }
}
