using ControlPlane.Storage.Binding;
using Shared.Api;
using Tests.Unit.Workloads;
using Xunit;
using static Tests.Unit.Storage.StorageWorld;

namespace Tests.Unit.Storage;

public sealed class ClaimReconcilerTests
{
    [Fact]
    public void Claim_waits_for_its_first_pod_and_gets_a_directory_of_its_node()
    {
        var world = Make().WithNodes("a", "b").WithClass();
        var claim = world.AddClaim("data");
        world.Settle();
        Assert.Equal("Pending", world.ClaimOf("data").Stored.Header.Phase);
        Assert.Equal(["WaitForFirstConsumer"], world.Reasons());
        Assert.Empty(world.Live(StorageKeys.Volumes));

        world.Select(Claim("data"), "b");
        world.Settle();
        var bound = world.ClaimOf("data");
        Assert.True(bound.IsBound);
        Assert.Equal($"pvc-{claim.Uid}", bound.VolumeName);
        Assert.Equal("Bound", bound.Stored.Header.Phase);
        var volume = world.VolumeOf(bound.VolumeName);
        Assert.Equal("Bound", volume.Phase);
        Assert.Equal(("b", "Delete", "1Gi", claim.Uid), (volume.Node, volume.ReclaimPolicy, volume.Capacity, volume.Claim!.Uid));
        Assert.True(volume.Admits("b", world.Get(StorageKeys.Node("b")).Header.Labels));
        Assert.False(volume.Admits("a", world.Get(StorageKeys.Node("a")).Header.Labels));
        Assert.Equal("1Gi", (string)world.Tree(Claim("data"))["status"]!["capacity"]!["storage"]!);
        Assert.Equal(["WaitForFirstConsumer", "Provisioning", "ProvisioningSucceeded"], world.Reasons());
    }

    [Fact]
    public void Claim_takes_the_smallest_volume_that_fits()
    {
        var world = Make();
        foreach (var (name, size) in new[] { ("huge", "100Gi"), ("small", "1Gi"), ("right", "5Gi") }) world.AddVolume(name, size);
        world.AddVolume("other-class", "5Gi", "fast");
        world.AddVolume("block", "5Gi", spec: "\"volumeMode\":\"Block\"");
        world.AddClaim("data", @class: "manual", size: "4Gi");
        world.Settle();
        Assert.Equal("right", world.ClaimOf("data").VolumeName);
        Assert.Equal("Bound", world.VolumeOf("right").Phase);
        Assert.Equal("Available", world.VolumeOf("small").Phase);
    }

    [Fact]
    public void Volume_with_a_claim_in_mind_is_that_ones()
    {
        var world = Make();
        world.AddVolume("reserved", "1Gi", spec: "\"claimRef\":{\"namespace\":\"default\",\"name\":\"mine\"}");
        world.AddVolume("free", "2Gi");
        world.AddClaim("other", @class: "manual");
        world.AddClaim("mine", @class: "manual");
        world.Settle();
        Assert.Equal(("free", "reserved"), (world.ClaimOf("other").VolumeName, world.ClaimOf("mine").VolumeName));
    }

    [Theory]
    [InlineData("ReadWriteMany", "", "ReadWriteMany can not be had")]
    [InlineData("ReadWriteOnce", "\"volumeMode\":\"Block\"", "volumeMode Filesystem only")]
    [InlineData("ReadWriteOnce", "\"selector\":{\"matchLabels\":{\"a\":\"b\"}}", "Selector is not supported")]
    [InlineData("ReadWriteOnce", "\"dataSource\":{\"kind\":\"PersistentVolumeClaim\",\"name\":\"x\"}", "dataSource can not be had")]
    [InlineData("ReadWriteOnce", "\"volumeAttributesClassName\":\"gold\"", "volumeAttributesClassName can not be had")]
    public void What_a_directory_is_not_is_told(string mode, string spec, string words)
    {
        var world = Make().WithNodes("a").WithClass();
        world.AddClaim("data", spec, mode: mode);
        world.Select(Claim("data"), "a");
        world.Settle();
        Assert.Empty(world.Live(StorageKeys.Volumes));
        Assert.Contains(words, world.Events.First(told => told.Reason == "ProvisioningFailed").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Foreign_provisioner_is_asked_by_its_annotation()
    {
        var world = Make().WithClass("cloud", "disks.example", waits: false);
        world.AddClaim("data", @class: "cloud");
        world.Settle();
        Assert.Equal("disks.example", world.ClaimOf("data").Annotations[StorageKeys.Provisioner]);
        Assert.Equal(["ExternalProvisioning"], world.Reasons());
    }

    [Fact]
    public void Claim_without_a_class_gets_the_newest_default_one_and_one_with_the_empty_class_none()
    {
        var world = Make().WithNodes("a").WithClass("old", isDefault: true);
        world.Pass(TimeSpan.FromMinutes(1));
        world.WithClass("new", isDefault: true);
        world.AddClaim("none", @class: "");
        world.AddClaim("any");
        world.Patch(Claim("any"), """{"spec":{"storageClassName":null}}""");
        world.Settle();
        Assert.Equal(("new", ""), (world.ClaimOf("any").ClassName, world.ClaimOf("none").ClassName));
    }

    [Fact]
    public void Node_that_is_gone_before_the_volume_is_made_is_none()
    {
        var world = Make().WithNodes("a").WithClass();
        world.AddClaim("data");
        world.Select(Claim("data"), "gone");
        world.Settle();
        Assert.Equal("", world.ClaimOf("data").SelectedNode);
        Assert.Empty(world.Live(StorageKeys.Volumes));
    }

    [Fact]
    public void Claim_that_is_deleted_stays_while_a_pod_uses_it()
    {
        var world = Made("pod");
        world.Delete(Claim("data"));
        world.Settle();
        Assert.NotNull(world.Find(Claim("data")));
        world.Patch(new("", "pods", "default", "pod"), """{"status":{"phase":"Succeeded"}}""", "status");
        world.Settle();
        Assert.Null(world.Find(Claim("data")));
    }

    [Fact]
    public void Volume_goes_after_its_claim_when_the_node_has_removed_the_directory()
    {
        var world = Made();
        var volume = world.ClaimOf("data").VolumeName;
        world.Delete(Claim("data"));
        world.Settle();
        var left = world.Get(StorageKeys.Volume(volume));
        Assert.Equal("Released", left.Header.Phase);
        Assert.Equal(NodeDirectory.DataFinalizer, Assert.Single(left.Header.Finalizers));
        Assert.True(world.RemoveDirectory(left));
        Assert.Empty(world.Live(StorageKeys.Volumes));
    }

    [Fact]
    public void Volume_of_a_node_that_is_gone_for_good_goes_with_it()
    {
        var world = Made();
        world.Delete(Claim("data"));
        world.Settle();
        world.Delete(StorageKeys.Node("a"));
        world.Settle();
        Assert.Empty(world.Live(StorageKeys.Volumes));
    }

    [Fact]
    public void What_is_retained_stays_and_its_directory_is_never_to_be_removed()
    {
        var world = Make().WithNodes("a").WithClass(reclaim: "Retain");
        world.AddClaim("data");
        world.Select(Claim("data"), "a");
        world.Settle();
        var volume = world.ClaimOf("data").VolumeName;
        world.Delete(Claim("data"));
        world.Settle();
        Assert.Equal("Released", world.VolumeOf(volume).Phase);
        world.Delete(StorageKeys.Volume(volume));
        Assert.False(VolumeState.Of(world.Get(StorageKeys.Volume(volume))).MayBeRemoved);
        world.Settle();
        Assert.Empty(world.Live(StorageKeys.Volumes));
    }

    [Fact]
    public void Volume_that_is_bound_is_not_deleted_and_its_directory_stays()
    {
        var world = Made();
        var volume = world.ClaimOf("data").VolumeName;
        world.Delete(StorageKeys.Volume(volume));
        world.Settle();
        Assert.False(world.RemoveDirectory(world.Get(StorageKeys.Volume(volume))));
        Assert.True(world.ClaimOf("data").IsBound);
        world.Delete(Claim("data"));
        world.Settle();
        Assert.True(world.RemoveDirectory(world.Get(StorageKeys.Volume(volume))));
    }

    [Fact]
    public void Claim_whose_volume_is_gone_is_lost()
    {
        var world = Made();
        var volume = world.ClaimOf("data").VolumeName;
        world.Patch(StorageKeys.Volume(volume), """{"metadata":{"finalizers":null}}""");
        world.Delete(StorageKeys.Volume(volume));
        world.Settle();
        Assert.Equal("Lost", world.ClaimOf("data").Stored.Header.Phase);
        Assert.Contains("ClaimLost", world.Reasons());
    }

    private static World Made(string pod = "")
    {
        var world = Make().WithNodes("a").WithClass();
        world.AddClaim("data");
        world.Select(Claim("data"), "a");
        world.Settle();
        if (pod.Length > 0) world.AddPod(pod, "data", "a");
        return world;
    }
}
