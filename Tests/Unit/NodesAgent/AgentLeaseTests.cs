using CsCheck;
using NodeActor.Agent;
using Xunit;

namespace Tests.Unit.NodesAgent;

public sealed class AgentLeaseTests
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(6);

    [Fact]
    public void Agent_that_was_never_registered_has_nothing_to_lose() => Assert.False(AgentLease.None.IsLost(TimeSpan.FromDays(1)));

    [Fact]
    public void Lease_counts_from_when_the_answered_renewal_was_sent()
    {
        var lease = AgentLease.Granted(1, Length, At(0)).Sent(1, At(2)).Sent(2, At(3));
        lease = lease.Answered(1, out var lostSome);
        Assert.False(lostSome);
        Assert.Equal(At(8), lease.HeldUntil);
        Assert.False(lease.IsLost(At(7.9)));
        Assert.True(lease.IsLost(At(8)));
    }

    [Fact]
    public void Answer_to_a_later_renewal_tells_that_an_earlier_one_was_lost()
    {
        AgentLease.Granted(1, Length, At(0)).Sent(1, At(1)).Sent(2, At(2)).Answered(2, out var lostSome);
        Assert.True(lostSome);
    }

    [Fact]
    public void Doubled_and_unknown_answers_change_nothing()
    {
        var lease = AgentLease.Granted(1, Length, At(0)).Sent(1, At(2)).Answered(1, out _);
        Assert.Equal(lease, lease.Answered(1, out _));
        Assert.Equal(lease, lease.Answered(99, out _));
    }

    [Fact]
    public void Stale_epoch_leaves_the_time_that_was_granted()
    {
        var lease = AgentLease.Granted(1, Length, At(0)).Revoke();
        Assert.False(lease.IsRegistered);
        Assert.False(lease.IsLost(At(5)));
        Assert.True(lease.IsLost(At(6)));
    }

    /// <summary>
    /// Whatever is lost, late or doubled: as long as the agent believes in its lease, so does a control plane that counts from when a renewal arrived.
    /// </summary>
    [Fact]
    public void Agent_never_believes_in_its_lease_longer_than_the_control_plane() =>
        Gen.Select(Gen.Int[0, 4000], Gen.Int[0, 4000], Gen.Bool, Gen.Bool).Array[1, 40].Sample(renewals =>
        {
            var (lease, serverSeen) = (AgentLease.Granted(1, Length, At(0)), At(0));
            var answers = new List<(TimeSpan At, long Sequence)>();
            var arrivals = new List<TimeSpan>();
            for (var i = 0; i < renewals.Length; i++)
            {
                var (there, back, arrives, answered) = renewals[i];
                var sent = At(i);
                lease = lease.Sent(i, sent);
                var arrival = sent + TimeSpan.FromMilliseconds(there);
                if (arrives) arrivals.Add(arrival);
                if (arrives && answered) answers.Add((arrival + TimeSpan.FromMilliseconds(back), i));
            }
            foreach (var (at, sequence) in answers.OrderBy(answer => answer.At))
            {
                lease = lease.Answered(sequence, out _);
                serverSeen = arrivals.Where(arrival => arrival <= at).Max();
                Assert.True(lease.HeldUntil <= serverSeen + Length);
            }
        }, iter: 500);

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);
}
