using ControlPlane.Objects;
using ControlPlane.Scheduling;
using ControlPlane.Scheduling.Predicates;
using ControlPlane.Storage.Binding;
using Xunit;
using static Tests.Unit.Scheduling.StorageSamples;

namespace Tests.Unit.Scheduling;

public sealed class VolumeBindingTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly SchedulerState _state = new(new SchedulerOptions());

    public static TheoryData<StoredObject[], string> Refusals => new()
    {
        { [], "0/2 nodes are available: persistentvolumeclaim \"data\" not found." },
        { [Class(), Claim(deleting: true)], "0/2 nodes are available: persistentvolumeclaim \"data\" is being deleted." },
        { [Class(waits: false), Claim()], "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims." },
        { [Claim()], "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims." },
        { [Claim(volume: "v")], "0/2 nodes are available: persistentvolumeclaim \"data\" bound to non-existent persistentvolume \"v\"." },
        { [Claim(volume: "v", phase: "Lost"), Volume("v")], "0/2 nodes are available: persistentvolumeclaim \"data\" bound to non-existent persistentvolume \"v\"." },
        { [Claim(volume: "v"), Volume("v", node: "c")], "0/2 nodes are available: 2 node(s) had volume node affinity conflict." },
        { [Class(provisioner: StorageKeys.NoProvisioner), Claim()], "0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind." },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Pod_is_kept_off_in_the_words_of_Kubernetes(StoredObject[] storage, string words)
    {
        Show([Some.Node("a"), Some.Node("b"), .. storage, Some.Pod("p", spec: Using("data"))]);
        Assert.Equal(words, _state.Next(Start)!.Failure);
    }

    public static TheoryData<StoredObject[]> Admissions => new()
    {
        { [Claim(volume: "v"), Volume("v", node: "b")] },
        { [Class(), Claim(node: "b")] },
        { [Class(provisioner: StorageKeys.NoProvisioner), Claim(), Volume("v", node: "b", claim: "")] },
    };

    [Theory]
    [MemberData(nameof(Admissions))]
    public void Pod_goes_where_its_volume_is_or_is_to_be(StoredObject[] storage)
    {
        Show([Some.Node("a"), Some.Node("b"), Some.Node("c"), .. storage, Some.Pod("p", spec: Using("data"))]);
        Assert.Equal("b", _state.Next(Start)!.Node);
    }

    [Fact]
    public void Pod_is_bound_only_once_its_claims_are()
    {
        Show([Some.Node("a", cpu: "1"), Class(), Claim("one"), Claim("two"), Some.Pod("p", cpu: "800m", spec: Using("one", "two"))]);
        var step = _state.Next(Start)!;
        Assert.Equal(["one", "two"], step.Claims.Select(claim => claim.Key.Name));
        Assert.Equal("a", step.Node);

        // Its share of the node is its own meanwhile.
        Show([Some.Pod("q", cpu: "800m")]);
        Assert.Equal("0/1 nodes are available: 1 Insufficient cpu.", _state.Next(Start)!.Failure);
        Show([Claim("one", node: "a"), Claim("two", node: "a"), Volume("v1", "a", "one"), Claim("one", volume: "v1", node: "a")]);
        Assert.Null(_state.Next(Start));
        Show([Volume("v2", "a", "two"), Claim("two", volume: "v2", node: "a")]);
        Assert.True(_state.HasWork);
        var bind = _state.Next(Start)!;
        Assert.Equal(("p", "a", true), (bind.Pod.Key.Name, bind.Node, bind.Claims.IsDefaultOrEmpty));
        Assert.Equal(1, _state.BindsInFlight);
    }

    [Fact]
    public void Pod_whose_volume_came_elsewhere_is_placed_there()
    {
        Show([Some.Node("a"), Class(), Claim(), Some.Pod("p", spec: Using("data"))]);
        Assert.Equal("a", _state.Next(Start)!.Node);
        Show([Some.Node("b"), Volume("v", "b"), Claim(volume: "v")]);
        Assert.Null(_state.Next(Start));
        Assert.Equal("b", _state.Next(Start.AddSeconds(1))!.Node);
    }

    [Fact]
    public void Pod_whose_volumes_do_not_come_is_placed_anew_after_a_time()
    {
        Show([Some.Node("a"), Class(), Claim(), Some.Pod("p", spec: Using("data"))]);
        Assert.Single(_state.Next(Start)!.Claims);
        Assert.Equal(Start.AddSeconds(10), _state.NextDue);
        _state.ExpireBinds(Start.AddSeconds(10));
        Assert.Single(_state.Next(Start.AddSeconds(20))!.Claims);
    }

    [Fact]
    public void Claim_that_takes_no_node_sends_its_pod_back()
    {
        Show([Some.Node("a"), Class(), Claim(), Some.Pod("p", spec: Using("data"))]);
        Assert.Single(_state.Next(Start)!.Claims);
        _state.SelectionRefused(StorageKeys.Claim("default", "data"), Start);
        Assert.Null(_state.Next(Start));
        Assert.Single(_state.Next(Start.AddSeconds(1))!.Claims);
    }

    [Fact]
    public void Parked_pod_is_tried_again_when_its_own_claim_changes()
    {
        Show([Some.Node("a"), Class(), Some.Pod("p", spec: Using("data"))]);
        Assert.Null(_state.Next(Start)!.Node);
        Show([Claim("other", volume: "v2"), Volume("v2", claim: "other")]);
        Assert.Null(_state.Next(Start.AddSeconds(5)));
        Show([Claim()]);
        Assert.Equal("a", _state.Next(Start.AddSeconds(5))!.Node);
    }

    [Fact]
    public void Parked_pod_is_tried_again_when_a_volume_or_class_may_help_it()
    {
        Show([Some.Node("a"), Class(provisioner: StorageKeys.NoProvisioner), Claim(), Some.Pod("p", spec: Using("data"))]);
        Assert.Null(_state.Next(Start)!.Node);
        Show([Volume("v", "a", claim: "")]);
        Assert.Equal("a", _state.Next(Start.AddSeconds(5))!.Node);
    }

    [Fact]
    public void Claim_for_one_pod_alone_keeps_a_second_one_waiting_until_the_first_is_gone()
    {
        var first = Some.Pod("first", spec: Using("data"), node: "a");
        Show([Some.Node("a"), Claim(volume: "v", mode: "ReadWriteOncePod"), Volume("v", "a"), first, Some.Pod("second", spec: Using("data"))]);
        Assert.Equal("0/1 nodes are available: node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode.", _state.Next(Start)!.Failure);
        _state.PodChanged(Some.Changed(first, _ => { }), deleted: true, Start.AddSeconds(5));
        Assert.Equal("a", _state.Next(Start.AddSeconds(5))!.Node);
    }

    [Fact]
    public void Pod_without_claims_prepares_nothing() =>
        Assert.Null(new VolumeBinding().Prepare(Some.Demand(), Some.Cluster(Some.Node("a"))));

    private void Show(IEnumerable<StoredObject> shown)
    {
        foreach (var one in shown)
        {
            if (one.Key.Resource == "nodes") _state.NodeChanged(one, deleted: false, Start);
            else if (one.Key.Resource == "pods") _state.PodChanged(one, deleted: false, Start);
            else _state.StorageChanged(one, deleted: false, Start);
        }
    }
}
