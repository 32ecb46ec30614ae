using ControlPlane.Nodes;
using Xunit;

namespace Tests.Unit.Nodes;

public sealed class NodeLeaseTests
{
    private static readonly DateTimeOffset Start = NodeObjects.Start;
    private static readonly TimeSpan Six = TimeSpan.FromSeconds(6);

    [Fact]
    public void Lease_that_begins_is_full_whatever_was_before()
    {
        var lease = NodeLease.Begin(Start);
        Assert.False(lease.Heard);
        Assert.False(lease.IsLost(Start + Six, Six));
        Assert.True(lease.IsLost(Start + Six + TimeSpan.FromMilliseconds(1), Six));
        Assert.True(lease.IsLost(Start + lease.Left(Start, Six), Six));
    }

    [Fact]
    public void Renewal_starts_the_lease_anew()
    {
        var lease = NodeLease.Begin(Start).Renew(Start.AddSeconds(5));
        Assert.True(lease.Heard);
        Assert.False(lease.IsLost(Start.AddSeconds(11), Six));
        Assert.True(lease.IsLost(Start.AddSeconds(11.5), Six));
    }

    [Fact]
    public void Clock_that_steps_back_does_not_shorten_the_lease() =>
        Assert.Equal(Start, NodeLease.Begin(Start).Renew(Start.AddSeconds(-30)).LastSeen);

    [Fact]
    public void Written_sign_counts_only_when_it_changes()
    {
        var lease = NodeLease.Begin(Start).Observe("t1", Start.AddSeconds(1));
        Assert.Equal(Start, lease.LastSeen);
        Assert.False(lease.Heard);
        lease = lease.Observe("t1", Start.AddSeconds(2));
        Assert.Equal(Start, lease.LastSeen);
        lease = lease.Observe("t2", Start.AddSeconds(3));
        Assert.Equal(Start.AddSeconds(3), lease.LastSeen);
        Assert.True(lease.Heard);
        Assert.Equal(lease, lease.Observe("", Start.AddSeconds(9)));
    }
}
