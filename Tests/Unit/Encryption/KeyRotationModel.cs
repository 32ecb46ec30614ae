using System.Collections.Immutable;
using ControlPlane.Encryption;
using ControlPlane.Journal;

namespace Tests.Unit.Encryption;

/// <summary>A guard of the rotation that the model can be run without.</summary>
public enum KeyGuard
{
    /// <summary>All are there.</summary>
    None,

    /// <summary>A new key encrypts only once every member holds it.</summary>
    AllHoldItFirst,

    /// <summary>The database takes nothing under a dropped key.</summary>
    FenceAtWrites,

    /// <summary>A key is dropped only if nothing stored needs it.</summary>
    CountBeforeDrop,

    /// <summary>The keys are read from the snapshot that the rows are read from, before them.</summary>
    KeysBeforeRows,

    /// <summary>A process keeps what was dropped while it runs.</summary>
    DroppedStayInMemory,
}

/// <summary>
/// Members that rotate keys, write, read and pause in any order, over a database that is a table of keys and rows that are nothing but the number of their key. What decides is
/// the product's own: <see cref="KeyTable"/>, <see cref="KeyRingState"/>, <see cref="RotationStep"/>.
/// </summary>
internal sealed class KeyRotationModel
{
    private const int MostKeys = 6;
    private readonly Random _random;
    private readonly KeyGuard _without;
    private readonly Member[] _members;
    private readonly List<Snapshot> _open = [];
    private readonly Dictionary<int, KeysLearned> _heard = [];
    private ImmutableList<int> _rows = [];
    private KeyTable _table;

    public KeyRotationModel(int seed, KeyGuard without, int members = 3)
    {
        (_random, _without) = (new Random(seed), without);
        var first = new KeyRingState(ImmutableDictionary<int, byte[]>.Empty.Add(1, Key(1)), 1, ImmutableDictionary<int, KeyPhase>.Empty);
        _table = new KeyTable([]).Enrolled([Stored(1)]);
        _members = [.. Enumerable.Range(0, members).Select(_ => new Member(first.Learned(_table.Keys, Unwrap)))];
    }

    /// <summary>What a member could not read, if there was anything.</summary>
    public string? Violation { get; private set; }

    /// <summary>How many keys were dropped on the way.</summary>
    public int Dropped => _table.Keys.Count(key => key.Phase == KeyPhase.Dropped);

    public void Step()
    {
        var member = _members[_random.Next(_members.Length)];
        switch (_random.Next(12))
        {
            case 0:
                if (_table.Known is null && _table.Keys.Length < MostKeys) _table = _table.Added(Stored(_table.NextId([])));
                break;
            case 1:
                Drop();
                break;
            case 2:
                // The others gave it up; it runs on until it learns that, and starts anew.
                member.IsUp = false;
                break;
            case 3:
                Restart(member);
                break;
            case 4:
                _open.Add(new(member, _table, _rows, member.Starts));
                break;
            case 5 or 6 when _open.Count > 0:
                var snapshot = _open[_random.Next(_open.Count)];
                _open.Remove(snapshot);
                Read(snapshot);
                break;
            case 7:
                member.Queued ??= member.Ring.Current;
                break;
            case 8 or 9 when member.Queued is { } key:
                Commit(member, key);
                break;
            default:
                Tick();
                break;
        }
    }

    private void Tick()
    {
        int[] up = [.. Enumerable.Range(0, _members.Length).Where(i => _members[i].IsUp)];
        if (up.Length == 0) return;
        var singleton = _members[up[0]];
        Learn(singleton, _table);
        switch (RotationStep.Next(_table, _without == KeyGuard.AllHoldItFirst ? [] : up, _heard))
        {
            case RotationWork.Teach:
                // Messages are lost.
                foreach (var i in up.Where(_ => _random.Next(3) > 0))
                {
                    Learn(_members[i], _table);
                    _heard[i] = new(_members[i].Ring.Keys.Keys.Max(), _members[i].Ring.Current, _table.DroppedCount);
                }
                break;
            case RotationWork.Promote:
                _table = _table.Promoted(_table.Known!.Id);
                _heard.Clear();
                break;
            case RotationWork.Renew:
                Renew(singleton.Ring.Current);
                break;
        }
    }

    private void Renew(int current)
    {
        for (var i = 0; i < _rows.Count; i++)
        {
            if (_random.Next(2) == 0) _rows = _rows.SetItem(i, current);
        }
        var counts = Counts();
        _table = new([.. _table.Keys.Select(key => key.Phase == KeyPhase.Retired ? key with { Left = counts.GetValueOrDefault(key.Id) } : key)]);
    }

    private void Drop()
    {
        try
        {
            _table = _table.Dropped(_without == KeyGuard.CountBeforeDrop ? ImmutableDictionary<int, long>.Empty : Counts());
        }
        catch (KeyStepException)
        {
            // Refused, as it should be.
        }
    }

    private void Commit(Member member, int key)
    {
        if (_without != KeyGuard.FenceAtWrites && _table.Keys.First(each => each.Id == key).Phase == KeyPhase.Dropped)
        {
            Learn(member, _table);
            member.Queued = member.Ring.MayStore(key) ? key : member.Ring.Current;
            return;
        }
        _rows = _rows.Add(key);
        member.Queued = null;
        foreach (var peer in _members.Where(peer => peer.IsUp)) Open(peer, key, "was told a row");
    }

    private void Read(Snapshot snapshot)
    {
        var (member, table, rows, starts) = snapshot;
        if (member.Starts != starts) return;
        if (_without != KeyGuard.KeysBeforeRows) Learn(member, table);
        foreach (var key in rows.Distinct()) Open(member, key, "read a row");
    }

    // What one that is not Up is told goes by way of the table, so only what it reads there counts.
    private void Open(Member member, int key, string how)
    {
        if (!member.Ring.Keys.ContainsKey(key)) Violation ??= $"a member {how} under key {key}, which it does not have";
    }

    // A process that ends has its file and no reads under way; it reads the table before it is Up.
    private void Restart(Member member)
    {
        member.Starts++;
        member.Queued = null;
        member.Ring = new(member.Ring.Keys.Where(key => member.Ring.Kept.Contains(key.Key)).ToImmutableDictionary(), member.Ring.Current, ImmutableDictionary<int, KeyPhase>.Empty);
        Learn(member, _table);
        foreach (var key in _rows.Distinct()) Open(member, key, "that starts read a row");
        member.IsUp = true;
        _heard.Remove(Array.IndexOf(_members, member));
    }

    private void Learn(Member member, KeyTable table)
    {
        member.Ring = member.Ring.Learned(table.Keys, Unwrap);
        if (_without != KeyGuard.DroppedStayInMemory) return;
        member.Ring = member.Ring with { Keys = member.Ring.Keys.Where(key => member.Ring.Kept.Contains(key.Key)).ToImmutableDictionary() };
    }

    private Dictionary<int, long> Counts() => _rows.CountBy(key => key).ToDictionary(each => each.Key, each => (long)each.Value);

    private static EncryptionKey Stored(int id) => new(id, KeyPhase.Known, Key(id));

    private static byte[] Key(int id) => [(byte)id];

    private static byte[]? Unwrap(EncryptionKey key) => key.Wrapped;

    private sealed class Member(KeyRingState ring)
    {
        public KeyRingState Ring { get; set; } = ring;
        public bool IsUp { get; set; } = true;
        public int? Queued { get; set; }
        public int Starts { get; set; }
    }

    private sealed record Snapshot(Member Member, KeyTable Table, ImmutableList<int> Rows, int Starts);
}
