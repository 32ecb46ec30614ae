using System.Collections.Immutable;

namespace ControlPlane.Journal;

/// <summary>What a process knows of keys at one moment. Pure.</summary>
/// <param name="Keys">All keys that can be opened with: those of the file, and, until the process ends, those that were dropped while it ran.</param>
/// <param name="Current">The one that encrypts.</param>
/// <param name="Phases">What the database says of its keys; empty until it was asked.</param>
internal sealed record KeyRingState(ImmutableDictionary<int, byte[]> Keys, int Current, ImmutableDictionary<int, KeyPhase> Phases)
{
    /// <summary>Those that the file holds.</summary>
    public IEnumerable<int> Kept => Keys.Keys.Where(id => Phases.GetValueOrDefault(id, KeyPhase.Known) != KeyPhase.Dropped);

    /// <summary>Whether something new may be stored under a key.</summary>
    public bool MayStore(int id) => Phases.GetValueOrDefault(id, KeyPhase.Writing) != KeyPhase.Dropped;

    /// <summary>
    /// What is known after the table was read. Nothing is forgotten: rows that were read from the database before a key was dropped may still be on their way through this process.
    /// </summary>
    /// <param name="stored">The table, maybe as it was some time ago: a key only ever goes on to later phases, so an earlier one tells nothing new.</param>
    /// <param name="unwrap">Opens a key; null if it can't be.</param>
    public KeyRingState Learned(IReadOnlyList<EncryptionKey> stored, Func<EncryptionKey, byte[]?> unwrap)
    {
        var keys = Keys;
        foreach (var missing in stored.Where(key => key.Phase != KeyPhase.Dropped && !Keys.ContainsKey(key.Id)))
        {
            if (unwrap(missing) is { } key) keys = keys.Add(missing.Id, key);
        }
        var phases = Phases.SetItems(stored
            .Where(key => !Phases.TryGetValue(key.Id, out var known) || key.Phase > known)
            .Select(key => KeyValuePair.Create(key.Id, key.Phase)));
        var writing = phases.Where(phase => phase.Value == KeyPhase.Writing && keys.ContainsKey(phase.Key)).Select(phase => phase.Key).DefaultIfEmpty(Current).Max();
        return new(keys, writing, phases);
    }
}
