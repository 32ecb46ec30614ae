using Akka.Actor;
using ControlPlane.Membership;
using Xunit;

namespace Tests.Unit.Membership;

public sealed class MemberBookTests
{
    private static readonly Address First = new("akka", "actors", "a", 1);
    private static readonly Address Second = new("akka", "actors", "b", 1);
    private readonly HostedShards _hosted = new();
    private readonly MemberBook _book;

    public MemberBookTests() => _book = new(_hosted);

    [Fact]
    public void Shard_is_here_there_silent_or_on_its_way()
    {
        _hosted.Add(1);
        Tell(First, 1L << 2, isSilent: false);
        Tell(Second, 1L << 3, isSilent: true);
        Assert.Equal(
            [ShardPlace.Unclaimed, ShardPlace.Here, ShardPlace.There, ShardPlace.Silent],
            Enumerable.Range(0, 4).Select(_book.PlaceOf));
        Assert.True(_book.AnySilent);
    }

    [Fact]
    public void Shard_that_two_claim_is_where_somebody_answers()
    {
        Tell(First, 1L << 2, isSilent: true);
        Tell(Second, 1L << 2, isSilent: false);
        Assert.Equal(ShardPlace.There, _book.PlaceOf(2));
    }

    [Fact]
    public void One_that_hosts_all_needs_nobody()
    {
        for (var shard = 0; shard < Shards.Count; shard++)
        {
            Assert.False(_book.HostsAll);
            _hosted.Add(shard);
        }
        Assert.True(_book.HostsAll);
        _hosted.Remove(7);
        Assert.False(_book.HostsAll);
        Assert.Equal(ShardPlace.Unclaimed, _book.PlaceOf(7));
    }

    [Fact]
    public void Who_waits_is_told_of_silence_of_shards_and_of_the_end_and_not_of_every_pulse()
    {
        Tell(First, 1, isSilent: false);
        var changed = _book.Changed;
        _book.Set(First, new(1, TimeSpan.FromSeconds(1), IsSilent: false));
        Assert.False(changed.IsCompleted);
        Told(() => Tell(First, 1, isSilent: true));
        Told(() => Tell(First, 3, isSilent: true));
        Told(() => _book.Set(First, null));
        Assert.False(_book.HasPeers);
    }

    private void Told(Action what)
    {
        var changed = _book.Changed;
        what();
        Assert.True(changed.IsCompleted);
    }

    private void Tell(Address member, long shards, bool isSilent) => _book.Set(member, new(shards, TimeSpan.Zero, isSilent));
}
