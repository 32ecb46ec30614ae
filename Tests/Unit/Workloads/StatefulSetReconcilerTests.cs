using ControlPlane.Objects;
using ControlPlane.Workloads.ControllerRevisions;
using ControlPlane.Workloads.StatefulSets;
using Xunit;
using static Tests.Unit.Workloads.StatefulSamples;

namespace Tests.Unit.Workloads;

public sealed class StatefulSetReconcilerTests
{
    private const string Claim = """ "volumeClaimTemplates": [ { "metadata": { "name": "data" }, "spec": { "accessModes": [ "ReadWriteOnce" ], "resources": { "requests": { "storage": "1Gi" } } } } ] """;
    private readonly World _world = new();

    [Fact]
    public void Pods_come_one_after_the_other_each_when_those_before_it_are_ready()
    {
        _world.Create(Set(3));
        for (var i = 0; i < 3; i++)
        {
            _world.Settle();
            Assert.Equal(Enumerable.Range(0, i + 1).Select(n => $"db-{n}"), _world.Names());
            _world.Run(Pod(i));
        }
        _world.Settle();
        Assert.Equal(3, (int)_world.Status()["readyReplicas"]!);
        Assert.Equal(3, (int)_world.Status()["updatedReplicas"]!);
        Assert.Equal((string?)_world.Status()["updateRevision"], (string?)_world.Status()["currentRevision"]);
        Assert.Contains(_world.Events, note => note is { Reason: "SuccessfulCreate", Message: "create Pod db-2 in StatefulSet db successful" });
    }

    [Fact]
    public void Pod_has_its_name_as_host_name_and_its_place_as_labels()
    {
        _world.Create(Set(1, """ "ordinals": { "start": 5 } """));
        _world.Settle();
        var pod = _world.Tree(Pod(5));
        Assert.Equal("db-5", (string?)pod["spec"]!["hostname"]);
        Assert.Equal("db", (string?)pod["spec"]!["subdomain"]);
        Assert.Equal("db-5", (string?)pod["metadata"]!["labels"]![StatefulPod.NameLabel]);
        Assert.Equal("5", (string?)pod["metadata"]!["labels"]![StatefulPod.IndexLabel]);
        Assert.Equal((string?)_world.Status()["updateRevision"], (string?)pod["metadata"]!["labels"]![RevisionHistory.PodLabel]);
    }

    [Fact]
    public void Parallel_pods_come_and_go_together()
    {
        _world.Create(Set(4, """ "podManagementPolicy": "Parallel" """));
        _world.Settle();
        Assert.Equal(4, _world.Names().Length);
        _world.ScaleSet(1);
        _world.Settle();
        Assert.Equal(["db-0"], _world.ActivePods.Select(pod => pod.Key.Name));
    }

    [Fact]
    public void Surplus_pods_go_from_the_highest_each_when_those_above_are_gone()
    {
        Grown(3);
        _world.ScaleSet(1);
        _world.Settle();
        Assert.Equal(["db-0", "db-1"], _world.ActivePods.Select(pod => pod.Key.Name));
        Assert.Contains("db-2", _world.Names());
        _world.Delete(Pod(2), grace: 0);
        _world.Settle();
        Assert.Equal(["db-0"], _world.ActivePods.Select(pod => pod.Key.Name));
    }

    [Fact]
    public void Nothing_is_taken_while_a_lower_pod_is_not_ready()
    {
        Grown(3);
        _world.Run(Pod(0), ready: false);
        _world.ScaleSet(1);
        _world.Settle();
        Assert.Equal(3, _world.ActivePods.Count());
    }

    [Fact]
    public void Update_replaces_pods_from_the_highest_down_to_the_partition()
    {
        Grown(3);
        _world.Patch(Db, """{ "spec": { "updateStrategy": { "rollingUpdate": { "partition": 1 } } } }""");
        _world.RollSet("v2");
        _world.Settle();
        Assert.Equal(["db-0", "db-1"], _world.ActivePods.Select(pod => pod.Key.Name));
        _world.Finish();
        Assert.Equal(["v1", "v2", "v2"], _world.ActivePods.Select(Image));
        Assert.NotEqual((string?)_world.Status()["updateRevision"], (string?)_world.Status()["currentRevision"]);

        // Below the partition a lost pod comes back as it was.
        _world.Delete(Pod(0), grace: 0);
        _world.Finish();
        Assert.Equal(["v1", "v2", "v2"], _world.ActivePods.Select(Image));
        _world.Patch(Db, """{ "spec": { "updateStrategy": { "rollingUpdate": { "partition": 0 } } } }""");
        _world.Finish();
        Assert.Equal(["v2", "v2", "v2"], _world.ActivePods.Select(Image));
        Assert.Equal((string?)_world.Status()["updateRevision"], (string?)_world.Status()["currentRevision"]);
    }

    [Fact]
    public void Update_takes_as_many_at_once_as_may_be_unavailable()
    {
        Grown(5, """ "podManagementPolicy": "Parallel", "updateStrategy": { "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": 2 } } """);
        _world.RollSet("v2");
        _world.Settle();
        Assert.Equal(["db-0", "db-1", "db-2"], _world.ActivePods.Select(pod => pod.Key.Name));
    }

    [Fact]
    public void OnDelete_changes_only_pods_that_somebody_deletes()
    {
        Grown(3, """ "updateStrategy": { "type": "OnDelete" } """);
        _world.RollSet("v2");
        _world.Finish();
        Assert.Equal(["v1", "v1", "v1"], _world.ActivePods.Select(Image));
        _world.Delete(Pod(1), grace: 0);
        _world.Finish();
        Assert.Equal(["v1", "v2", "v1"], _world.ActivePods.Select(Image));
    }

    [Fact]
    public void Broken_update_is_rolled_forward()
    {
        Grown(3);
        _world.RollSet("broken");
        _world.Settle();
        _world.Delete(Pod(2), grace: 0);
        _world.Settle();
        _world.StartUnready(Pod(2));
        _world.Settle();
        Assert.Equal("broken", Image(_world.Get(Pod(2))));
        _world.RollSet("v3");
        _world.Finish();
        Assert.Equal(["v3", "v3", "v3"], _world.ActivePods.Select(Image));
    }

    [Fact]
    public void One_that_was_ready_and_is_not_now_is_replaced_only_within_the_limit()
    {
        Grown(3);
        _world.Pass(TimeSpan.FromMinutes(1));
        _world.Run(Pod(0), ready: false);
        _world.Run(Pod(1), ready: false);
        _world.RollSet("v2");
        _world.Settle();
        Assert.Equal(3, _world.ActivePods.Count());
        _world.Run(Pod(1));
        _world.Settle();
        Assert.Equal(["db-1", "db-2"], _world.ActivePods.Select(pod => pod.Key.Name));
    }

    [Fact]
    public void Pod_that_has_ended_is_made_anew()
    {
        Grown(2);
        _world.Fail(Pod(0));
        _world.Settle();
        Assert.NotNull(_world.Get(Pod(0)).Header.DeletionTimestamp);
        _world.Finish();
        Assert.Equal(2, _world.ActivePods.Count());
    }

    [Fact]
    public void Each_pod_has_claims_that_its_successor_gets_too()
    {
        Grown(2, Claim);
        Assert.Equal(["data-db-0", "data-db-1"], _world.Live(World.Claims).Select(claim => claim.Key.Name));
        var uid = _world.Live(World.Claims).First().Uid;
        Assert.Equal("data-db-0", (string?)_world.Tree(Pod(0))["spec"]!["volumes"]![0]!["persistentVolumeClaim"]!["claimName"]);
        _world.Delete(Pod(0), grace: 0);
        _world.Finish();
        Assert.Equal(uid, _world.Live(World.Claims).First().Uid);
        _world.ScaleSet(1);
        _world.Finish();
        Assert.Equal(2, _world.Live(World.Claims).Count());
        Assert.All(_world.Live(World.Claims), claim => Assert.Empty(claim.Header.Owners));
    }

    [Fact]
    public void Claims_go_with_whom_the_retention_policy_says()
    {
        Grown(2, Claim + """, "persistentVolumeClaimRetentionPolicy": { "whenDeleted": "Delete", "whenScaled": "Delete" } """);
        Assert.All(_world.Live(World.Claims), claim => Assert.Equal(_world.Get(Db).Uid, Assert.Single(claim.Header.Owners).Uid));
        var pod = _world.Get(Pod(1)).Uid;
        _world.ScaleSet(1);
        _world.Settle();
        Assert.Equal(pod, Assert.Single(_world.Get(new("", "persistentvolumeclaims", "default", "data-db-1")).Header.Owners).Uid);
        Assert.NotNull(_world.Get(Pod(1)).Header.DeletionTimestamp);

        _world.Patch(Db, """{ "spec": { "persistentVolumeClaimRetentionPolicy": { "whenDeleted": "Retain" } } }""");
        _world.Settle();
        Assert.Empty(_world.Get(new("", "persistentvolumeclaims", "default", "data-db-0")).Header.Owners);
    }

    [Fact]
    public void Templates_are_kept_and_one_that_comes_back_is_the_newest_again()
    {
        Grown(1);
        foreach (var image in new[] { "v2", "v3", "v1" })
        {
            _world.RollSet(image);
            _world.Finish();
        }
        var revisions = _world.Live(World.Revisions).Select(revision => revision.ToJsonObject()).OrderBy(revision => (long)revision["revision"]!).ToArray();
        Assert.Equal(["v2", "v3", "v1"], revisions.Select(revision => (string?)revision["data"]!["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]));
        Assert.Equal([2, 3, 4], revisions.Select(revision => (long)revision["revision"]!));
        Assert.All(revisions, revision => Assert.Equal("replace", (string?)revision["data"]!["spec"]!["template"]!["$patch"]));
    }

    [Fact]
    public void Templates_beyond_the_limit_are_forgotten_the_oldest_first()
    {
        Grown(1, """ "revisionHistoryLimit": 2 """);
        for (var i = 2; i <= 6; i++)
        {
            _world.RollSet($"v{i}");
            _world.Finish();
        }
        Assert.Equal([4, 5, 6], _world.Live(World.Revisions).Select(revision => (long)revision.ToJsonObject()["revision"]!).Order());
    }

    [Fact]
    public void Foreign_pods_are_left_alone()
    {
        _world.Create(Samples.Pod("db-x", app: "db"));
        _world.Create(Samples.Pod("db-00", app: "db"));
        Grown(1);
        Assert.All(new[] { "db-x", "db-00" }, name => Assert.Null(_world.Get(new("", "pods", "default", name)).Header.Controller));
        Assert.Equal(1, (int)_world.Status()["replicas"]!);
    }

    [Fact]
    public void Refusal_is_told()
    {
        _world.Refuse = command => command is CreateObject { Key.Resource: "pods" } ? Shared.Api.ApiStatus.TooManyRequests("quota") : null;
        _world.Create(Set(1));
        _world.Reconcile(Db);
        _world.Reconcile(Db);
        Assert.Contains(_world.Events, note => note is { Type: "Warning", Reason: "FailedCreate", Message: "create Pod db-0 in StatefulSet db failed error: quota" });
    }

    private void Grown(int replicas, string spec = "")
    {
        _world.Create(Set(replicas, spec));
        _world.Finish();
        Assert.Equal(replicas, _world.ActivePods.Count(pod => pod.Key.Name.StartsWith("db-", StringComparison.Ordinal) && pod.Header.Controller is not null));
    }
}
