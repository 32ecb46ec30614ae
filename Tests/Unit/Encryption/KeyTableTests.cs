using System.Collections.Immutable;
using ControlPlane.Encryption;
using ControlPlane.Hosting;
using ControlPlane.Journal;
using Xunit;

namespace Tests.Unit.Encryption;

/// <summary>The steps of keys, one by one, and what is refused.</summary>
public sealed class KeyTableTests
{
    private static readonly KeyTable One = new KeyTable([]).Enrolled([Key(1)]);

    [Fact]
    public void First_members_keys_are_enrolled_once_and_the_last_of_them_encrypts()
    {
        var table = new KeyTable([]).Enrolled([Key(3), Key(1), Key(2)]);
        Assert.Equal([(1, KeyPhase.Retired), (2, KeyPhase.Writing), (3, KeyPhase.Retired)], table.Keys.Select(key => (key.Id, key.Phase)));
        Assert.Same(table, table.Enrolled([Key(4)]));
    }

    [Fact]
    public void Key_goes_through_its_phases_in_order()
    {
        var known = One.Added(Key(2));
        Assert.Equal(1, known.Writing!.Id);
        var promoted = known.Promoted(2);
        Assert.Equal(2, promoted.Writing!.Id);
        Assert.Equal([1], promoted.Retired.Select(key => key.Id));
        Assert.Same(promoted, promoted.Promoted(2));
        var dropped = promoted.Dropped(new Dictionary<int, long> { [2] = 7 });
        Assert.Equal(KeyPhase.Dropped, dropped.Keys[0].Phase);
        Assert.Empty(dropped.Keys[0].Wrapped);
        Assert.Equal(3, dropped.NextId([1]));
        Assert.Equal(10, dropped.NextId([9]));
    }

    [Fact]
    public void Second_rotation_waits_for_the_first_to_reach_all_members()
    {
        var refusal = Assert.Throws<KeyStepException>(() => One.Added(Key(2)).Added(Key(3)));
        Assert.Contains("key 2 is on its way", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Key_that_is_needed_or_in_use_is_not_dropped_and_the_refusal_says_why()
    {
        Assert.Contains("only key 1 is in use", Assert.Throws<KeyStepException>(() => One.Dropped(ImmutableDictionary<int, long>.Empty)).Message, StringComparison.Ordinal);
        var refusal = Assert.Throws<KeyStepException>(() => One.Added(Key(2)).Promoted(2).Dropped(new Dictionary<int, long> { [1] = 5 }));
        Assert.Contains("key 1 can't be dropped: 5 stored events", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ring_that_was_away_has_what_counts_and_what_was_dropped_meanwhile_is_no_fault()
    {
        var ring = new Dictionary<int, string> { [1] = "a", [2] = "b", [9] = "extra" };
        Assert.Equal(["key 1", "key 2", "key 9"], SharedIdentity.Own(ring, new([])).Keys.Order());
        var table = One.Added(Key(2)).Promoted(2).Dropped(ImmutableDictionary<int, long>.Empty);
        Assert.Equal(["key 2"], SharedIdentity.Own(ring, table).Keys);
    }

    [Theory]
    [InlineData(KeyPhase.Known, 1, 1, RotationWork.Teach)]
    [InlineData(KeyPhase.Known, 2, 1, RotationWork.Promote)]
    [InlineData(KeyPhase.Writing, 2, 1, RotationWork.Teach)]
    [InlineData(KeyPhase.Writing, 2, 2, RotationWork.Renew)]
    public void Next_step_waits_for_the_last_member(KeyPhase phase, int newest, int writing, RotationWork expected)
    {
        var table = One.Added(Key(2));
        if (phase == KeyPhase.Writing) table = table.Promoted(2);
        var heard = new Dictionary<string, KeysLearned> { ["a"] = new(2, 2, 0), ["b"] = new(newest, writing, 0) };
        Assert.Equal(expected, RotationStep.Next(table, ["a", "b"], heard));
        Assert.Equal(RotationWork.Teach, RotationStep.Next(table, ["a", "b", "new"], heard));
    }

    [Fact]
    public void Nothing_is_left_to_do_when_nothing_needs_a_retired_key()
    {
        var done = new KeyTable([.. One.Added(Key(2)).Promoted(2).Keys.Select(key => key with { Left = 0 })]);
        Assert.Equal(RotationWork.None, RotationStep.Next(done, ["a"], new Dictionary<string, KeysLearned>()));
        Assert.Equal(RotationWork.None, RotationStep.Next(One, ["a"], new Dictionary<string, KeysLearned>()));
    }

    [Fact]
    public void Dropped_key_is_forgotten_by_every_member_though_nothing_is_written()
    {
        var table = One.Added(Key(2)).Promoted(2).Dropped(ImmutableDictionary<int, long>.Empty);
        var heard = new Dictionary<string, KeysLearned> { ["a"] = new(2, 2, 1), ["b"] = new(2, 2, 0) };
        Assert.Equal(RotationWork.Teach, RotationStep.Next(table, ["a", "b"], heard));
        heard["b"] = new(2, 2, 1);
        Assert.Equal(RotationWork.None, RotationStep.Next(table, ["a", "b"], heard));
    }

    private static EncryptionKey Key(int id) => new(id, KeyPhase.Known, [1]);
}
