using System.Collections.Immutable;
using Akka.Actor;

namespace ControlPlane.Membership;

/// <summary>
/// Who hosts which shard and who has fallen silent: what a gateway decides by how to reach an object. It is a matter of speed only: who is wrong here asks in
/// vain or writes second. Written by <see cref="MemberPulseActor"/>; any thread may ask.
/// </summary>
public sealed class MemberBook(HostedShards hosted)
{
    private volatile Page _page = new(ImmutableDictionary<Address, Entry>.Empty, new(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Whether there are other members.</summary>
    public bool HasPeers => !_page.Entries.IsEmpty;

    /// <summary>The addresses of the other members.</summary>
    public IEnumerable<Address> Peers => _page.Entries.Keys;

    /// <summary>Whether some member has fallen silent and is not given up yet.</summary>
    public bool AnySilent => _page.AnySilent;

    /// <summary>Whether this process hosts every shard, as one that is alone does.</summary>
    public bool HostsAll => hosted.Set == Shards.All;

    /// <summary>Completes when somebody falls silent, is given up, or takes shards: whoever waits for an answer looks anew.</summary>
    public Task Changed => _page.Changed.Task;

    /// <summary>Where a shard is.</summary>
    public ShardPlace PlaceOf(int shard)
    {
        var entries = _page.Entries;
        if (hosted.Contains(shard)) return ShardPlace.Here;
        var place = ShardPlace.Unclaimed;
        foreach (var (_, entry) in entries)
        {
            if ((entry.Shards & (1L << shard)) == 0) continue;

            // It may be claimed by the one that had it and by the one that has it now.
            if (!entry.IsSilent) return ShardPlace.There;
            place = ShardPlace.Silent;
        }
        return place;
    }

    /// <summary>The member that hosts a shard, as far as it is known; null: this one, or nobody.</summary>
    public Address? HostOf(int shard) =>
        hosted.Contains(shard) ? null : _page.Entries.FirstOrDefault(member => (member.Value.Shards & (1L << shard)) != 0 && !member.Value.IsSilent).Key;

    internal Entry? Find(Address member) => _page.Entries.GetValueOrDefault(member);

    internal ImmutableDictionary<Address, Entry> All => _page.Entries;

    /// <summary>Only the pulse's actor writes.</summary>
    internal void Set(Address member, Entry? entry)
    {
        var page = _page;
        var before = page.Entries.GetValueOrDefault(member);
        if (before == entry) return;
        var entries = entry is null ? page.Entries.Remove(member) : page.Entries.SetItem(member, entry);
        var told = before is null || entry is null || before.IsSilent != entry.IsSilent || before.Shards != entry.Shards;
        _page = new(entries, told ? new(TaskCreationOptions.RunContinuationsAsynchronously) : page.Changed);
        if (told) page.Changed.TrySetResult();
    }

    /// <param name="Shards">The shards the member has told that it hosts.</param>
    /// <param name="HeardAt">When it was last heard of, in elapsed time of this process.</param>
    /// <param name="IsSilent">It does not answer.</param>
    internal sealed record Entry(long Shards, TimeSpan HeardAt, bool IsSilent);

    private sealed record Page(ImmutableDictionary<Address, Entry> Entries, TaskCompletionSource Changed)
    {
        public bool AnySilent { get; } = Entries.Values.Any(entry => entry.IsSilent);
    }
}
