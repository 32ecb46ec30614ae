using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Journal;

/// <summary>Whom a change wakes.</summary>
public sealed class WatchScopesTests
{
    private static readonly GroupResource ConfigMaps = new("", "configmaps");
    private readonly WatchCache _cache = new();

    [Fact]
    public async Task Change_wakes_those_it_can_concern_and_nobody_else()
    {
        var part = _cache.Of(ConfigMaps);
        using WatchScope all = part.Enter("", ""), here = part.Enter("default", ""), there = part.Enter("other", ""), mine = part.Enter("default", "a"), his = part.Enter("default", "b");
        var waits = new[] { all.Changed, here.Changed, mine.Changed, there.Changed, his.Changed };

        _cache.Apply(JournalEvents.Batch(JournalEvents.At(1, JournalSystem.ConfigMap("a"))));

        Assert.Equal([true, true, true, false, false], waits.Select(wait => wait.IsCompleted));
        Assert.Equal(0, await waits[2]);
    }

    /// <summary>It may be laid to rest for longer than the window is long, and loses nothing.</summary>
    [Fact]
    public async Task Watcher_of_something_quiet_goes_on_at_the_change_that_concerns_it_however_much_happened_before()
    {
        var part = _cache.Of(ConfigMaps);
        using var scope = part.Enter("default", "rare");
        var changed = scope.Changed;
        var revision = 0L;
        for (; revision < 3 * ResourceCache.DefaultWindow;) _cache.Apply(JournalEvents.Batch(JournalEvents.At(++revision, JournalSystem.ConfigMap("busy"))));
        Assert.False(part.TryRead(0, 1, []));
        Assert.False(changed.IsCompleted);

        _cache.Apply(JournalEvents.Batch(JournalEvents.At(++revision, JournalSystem.ConfigMap("rare"))));

        var changes = new List<ObjectChange>();
        Assert.True(part.TryRead(await changed, 10, changes));
        Assert.Equal("rare", Assert.Single(changes).Object.Key.Name);
    }

    [Fact]
    public void Reset_wakes_everybody_and_their_places_are_lost_also_where_nothing_ever_happened()
    {
        var part = _cache.Of(ConfigMaps);
        using var scope = part.Enter("default", "");
        var (changed, place) = (scope.Changed, part.Position);

        _cache.Reset(new(10, [], []));

        Assert.True(changed.IsCompleted);
        Assert.False(part.TryRead(place, 10, []));
    }

    [Fact]
    public void Scope_that_all_have_left_is_forgotten_and_can_be_entered_again()
    {
        var part = _cache.Of(ConfigMaps);
        var (first, second) = (part.Enter("default", ""), part.Enter("default", ""));
        Assert.Same(first, second);
        first.Dispose();
        second.Dispose();
        using var third = part.Enter("default", "");
        Assert.NotSame(first, third);
        _cache.Apply(JournalEvents.Batch(JournalEvents.At(1, JournalSystem.ConfigMap("a"))));
        Assert.False(first.Changed.IsCompleted);
    }
}
