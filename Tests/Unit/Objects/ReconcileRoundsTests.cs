using ControlPlane.Entities;
using CsCheck;
using Shared.Api;
using Tests.Support;
using Tests.Unit.Journal;
using Xunit;

namespace Tests.Unit.Objects;

public sealed class ReconcileRoundsTests
{
    private static readonly GroupResource ConfigMaps = new("", "configmaps");
    private static readonly GroupResource Pods = new("", "pods");

    [Fact]
    public void A_round_shows_every_object_once_and_spreads_them_evenly()
    {
        Gen.Select(Gen.Int[0, 60], Gen.Int[0, 60], Gen.Int[1, 40]).Sample((maps, pods, steps) =>
        {
            var store = Filled(maps, pods);
            var rounds = new ReconcileRounds(store.Cache, [ConfigMaps, new("", "secrets"), Pods], steps);
            var shown = new List<ObjectKey>();
            for (var step = 0; step < steps; step++)
            {
                var now = rounds.Step().Select(found => found.Key).ToList();
                if (now.Count > ((maps + pods) / steps) + 1) return false;
                shown.AddRange(now);
            }

            return shown.Count == maps + pods && shown.Distinct().Count() == shown.Count;
        });
    }

    [Fact]
    public void Objects_that_come_and_go_do_not_end_the_rounds()
    {
        var store = Filled(3, 0);
        var rounds = new ReconcileRounds(store.Cache, [ConfigMaps], 1);
        Assert.Equal(3, rounds.Step().Count());
        store.Cache.Apply(JournalEvents.Batch(JournalEvents.At(4, JournalSystem.ConfigMap("m001"), true), JournalEvents.At(5, JournalSystem.ConfigMap("zz"))));

        Assert.Equal(["m000", "m002", "zz"], rounds.Step().Select(found => found.Key.Name).Order(StringComparer.Ordinal));
        store.Cache.Apply(JournalEvents.Batch(JournalEvents.At(6, JournalSystem.ConfigMap("m000"), true), JournalEvents.At(7, JournalSystem.ConfigMap("m002"), true), JournalEvents.At(8, JournalSystem.ConfigMap("zz"), true)));
        Assert.Empty(rounds.Step());
        Assert.Empty(rounds.Step());
    }

    private static ObjectStore Filled(int maps, int pods)
    {
        var store = new ObjectStore();
        var revision = 0L;
        for (var i = 0; i < maps; i++) store.Cache.Apply(JournalEvents.Batch(JournalEvents.At(++revision, JournalSystem.ConfigMap($"m{i:000}"))));
        for (var i = 0; i < pods; i++) store.Cache.Apply(JournalEvents.Batch(JournalEvents.At(++revision, new("", "pods", "default", $"p{i:000}"))));
        return store;
    }
}
