using System.Text;
using NodeActor.Agent;
using NodeActor.Networking;
using Shared.Api;
using Xunit;

namespace Tests.Unit.NodesAgent;

public sealed class VolumeRemovalsTests
{
    private static readonly ObjectKey Key = new("", "persistentvolumes", "", "pvc-1");
    private readonly VolumeRemovals _volumes = new(TimeSpan.FromSeconds(5));

    [Theory]
    [InlineData(false, "Delete", NodeDirectory.Driver, NodeDirectory.DataFinalizer)]
    [InlineData(true, "Retain", NodeDirectory.Driver, NodeDirectory.DataFinalizer)]
    [InlineData(true, "Delete", "disks.example", NodeDirectory.DataFinalizer)]
    [InlineData(true, "Delete", NodeDirectory.Driver, "example.org/other")]
    [InlineData(true, "Delete", NodeDirectory.Driver, NodeDirectory.DataFinalizer + "\",\"" + NodeDirectory.VolumeProtection)]
    public void Directory_stays_unless_its_volume_says_that_it_goes(bool deleting, string policy, string driver, string finalizers)
    {
        _volumes.Told(Volume(deleting, policy, driver, finalizers));
        Assert.Empty(_volumes.Due(TimeSpan.Zero));
    }

    [Fact]
    public void Directory_is_removed_and_then_told_of_each_until_it_is_done()
    {
        _volumes.Told(Volume());
        Assert.Equal((new LeavingVolume(Key, "u"), false), Assert.Single(_volumes.Due(TimeSpan.Zero)));
        Assert.Empty(_volumes.Due(TimeSpan.FromSeconds(4)));
        Assert.False(Assert.Single(_volumes.Due(TimeSpan.FromSeconds(5))).Removed);
        _volumes.Removed(Key, "u");
        Assert.True(Assert.Single(_volumes.Due(TimeSpan.FromSeconds(6))).Removed);
        Assert.True(Assert.Single(_volumes.Due(TimeSpan.FromSeconds(11))).Removed);
        _volumes.Told(Volume(finalizers: "example.org/other"));
        Assert.False(_volumes.Any);
    }

    [Fact]
    public void Another_volume_of_the_name_is_not_told_of_by_what_became_of_the_first()
    {
        _volumes.Told(Volume());
        _volumes.Told(Volume(uid: "w"));
        _volumes.Removed(Key, "u");
        Assert.False(Assert.Single(_volumes.Due(TimeSpan.Zero)).Removed);
        _volumes.Forget(Key);
        Assert.Empty(_volumes.Due(TimeSpan.FromMinutes(1)));
    }

    private static FollowedObject Volume(
        bool deleting = true, string policy = "Delete", string driver = NodeDirectory.Driver, string finalizers = NodeDirectory.DataFinalizer, string uid = "u") => new(Key, 1, Encoding.UTF8.GetBytes($$"""
        { "metadata": { "name": "pvc-1", "uid": "{{uid}}", "finalizers": ["{{finalizers}}"]{{(deleting ? ", \"deletionTimestamp\": \"2030-01-01T00:00:00Z\"" : "")}} },
          "spec": { "persistentVolumeReclaimPolicy": "{{policy}}", "csi": { "driver": "{{driver}}" } } }
        """));
}
