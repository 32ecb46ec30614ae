using System.Collections.Immutable;

namespace ControlPlane.Journal;

/// <summary>How far a key of the secrets has come in its life.</summary>
public enum KeyPhase
{
    /// <summary>Members learn it; nothing is encrypted with it yet.</summary>
    Known = 0,

    /// <summary>What is written is encrypted with it. There is one at a time.</summary>
    Writing = 1,

    /// <summary>A newer one took its place. What is left under it is encrypted anew.</summary>
    Retired = 2,

    /// <summary>Nothing needs it and no member keeps it. Its number is not given again.</summary>
    Dropped = 3,
}

/// <summary>A key of the secrets as the database knows it.</summary>
/// <param name="Id">The number that stands in front of everything it encrypted.</param>
/// <param name="Phase">How far it has come.</param>
/// <param name="Wrapped">The key, encrypted with what the members share (<see cref="KeyWrap"/>); empty once it is dropped.</param>
/// <param name="Left">How many stored events still need it, as far as has been counted; null: not counted yet.</param>
public sealed record EncryptionKey(int Id, KeyPhase Phase, byte[] Wrapped, long? Left = null);

/// <summary>
/// The keys of a cluster's secrets in the order of their numbers, and the steps from one phase to the next. Pure: the database applies a step to what it holds, one step at
/// a time.
/// </summary>
public sealed record KeyTable(ImmutableArray<EncryptionKey> Keys)
{
    /// <summary>The key that encrypts; null where there are no keys yet.</summary>
    public EncryptionKey? Writing => Keys.FirstOrDefault(key => key.Phase == KeyPhase.Writing);

    /// <summary>The key that members learn.</summary>
    public EncryptionKey? Known => Keys.FirstOrDefault(key => key.Phase == KeyPhase.Known);

    /// <summary>Those that were replaced.</summary>
    public IEnumerable<EncryptionKey> Retired => Keys.Where(key => key.Phase == KeyPhase.Retired);

    /// <summary>How many were dropped.</summary>
    public int DroppedCount => Keys.Count(key => key.Phase == KeyPhase.Dropped);

    /// <summary>The number of the next key: higher than any that the cluster or a member ever had.</summary>
    public int NextId(IEnumerable<int> held) => Keys.Select(key => key.Id).Concat(held).Append(0).Max() + 1;

    /// <summary>Puts in the keys of the first member; where there are some already, nothing changes.</summary>
    /// <param name="keys">Its keys, the one that encrypts last.</param>
    public KeyTable Enrolled(IReadOnlyList<EncryptionKey> keys) => Keys.Length > 0
        ? this
        : new([.. keys.Select((key, i) => key with { Phase = i == keys.Count - 1 ? KeyPhase.Writing : KeyPhase.Retired }).OrderBy(key => key.Id)]);

    /// <summary>Adds a key for members to learn.</summary>
    /// <exception cref="KeyStepException">One is being learned already.</exception>
    public KeyTable Added(EncryptionKey key) => Known is { } known
        ? throw new KeyStepException($"key {known.Id} is on its way to the members already; it encrypts as soon as all of them have it")
        : new([.. Keys.Append(key with { Phase = KeyPhase.Known }).OrderBy(each => each.Id)]);

    /// <summary>Encrypts with the key that members learned; the one before is retired. Nothing changes where it does so already.</summary>
    public KeyTable Promoted(int id) => Known?.Id != id
        ? this
        : new([.. Keys.Select(key => key.Id == id ? key with { Phase = KeyPhase.Writing } : key.Phase == KeyPhase.Writing ? key with { Phase = KeyPhase.Retired } : key)]);

    /// <summary>Drops the retired keys.</summary>
    /// <param name="needed">How many stored events need each key.</param>
    /// <exception cref="KeyStepException">There are none, or something stored needs one.</exception>
    public KeyTable Dropped(IReadOnlyDictionary<int, long> needed)
    {
        if (!Retired.Any()) throw new KeyStepException($"there is no old key to drop: only key {Writing?.Id} is in use");
        if (Retired.FirstOrDefault(key => needed.GetValueOrDefault(key.Id) > 0) is { } still)
        {
            throw new KeyStepException($"key {still.Id} can't be dropped: {needed[still.Id]} stored events of Secrets, old versions among them, are encrypted with it; they are encrypted anew in the background");
        }
        return new([.. Keys.Select(key => key.Phase == KeyPhase.Retired ? key with { Phase = KeyPhase.Dropped, Wrapped = [], Left = 0 } : key)]);
    }
}

/// <summary>A step can't be taken with the keys as they are; the message is for the user.</summary>
public sealed class KeyStepException(string message) : Exception(message);
