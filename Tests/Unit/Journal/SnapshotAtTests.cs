using ControlPlane.Journal;
using CsCheck;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Journal;

/// <summary>Lists of the past: every member shows what was there at a revision, whether or not it was asked for it then.</summary>
public sealed class SnapshotAtTests
{
    private static readonly GroupResource ConfigMaps = new("", "configmaps");

    [Fact]
    public void List_of_a_revision_is_the_state_after_that_many_writes() => Gen.Select(Gen.Int[0, 4], Gen.Bool).Array[1, 40].Sample(writes =>
    {
        var (cache, live, states) = (new WatchCache(), new SortedDictionary<string, long>(StringComparer.Ordinal), new List<string> { "" });
        for (var i = 0; i < writes.Length; i++)
        {
            var (name, deleted) = ($"{writes[i].Item1}", writes[i].Item2);
            cache.Apply(JournalEvents.Batch(JournalEvents.At(i + 1, JournalSystem.ConfigMap(name), deleted)));
            if (deleted) live.Remove(name);
            else live[name] = i + 1;
            states.Add(string.Join(' ', live.Select(found => $"{found.Key}@{found.Value}")));
        }
        return Enumerable.Range(1, writes.Length).All(revision => Shown(cache.Of(ConfigMaps).SnapshotAt(revision)) == states[revision])
            && cache.Of(ConfigMaps).SnapshotAt(writes.Length + 1) is null;
    });

    [Fact]
    public void What_has_left_the_window_is_not_made_up()
    {
        var clock = new JournalClock();
        var cache = new ResourceCache(ConfigMaps, clock, window: 4);
        for (var i = 1; i <= 10; i++)
        {
            cache.Apply(JournalEvents.At(i, JournalSystem.ConfigMap($"{i}")).Event.ToStored(), deleted: false);
            cache.Publish(i);
            clock.Revision = i;
        }
        Assert.Null(cache.SnapshotAt(5));
        Assert.Equal(6, cache.SnapshotAt(6)!.Objects.Count);
    }

    private static string? Shown(ControlPlane.Objects.ResourceSnapshot? snapshot) =>
        snapshot is null ? null : string.Join(' ', snapshot.Objects.Select(found => $"{found.Key.Name}@{found.Revision}"));
}
