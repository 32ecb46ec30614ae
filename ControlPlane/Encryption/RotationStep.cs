using ControlPlane.Journal;

namespace ControlPlane.Encryption;

/// <summary>What the rotation of keys has to do next.</summary>
public enum RotationWork
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Wait until all members hold the new key, or have forgotten the dropped ones, and ask them again.</summary>
    Teach,

    /// <summary>All hold it: encrypt with it from now on.</summary>
    Promote,

    /// <summary>Encrypt anew what is under retired keys.</summary>
    Renew,
}

/// <summary>Decides, from the table of keys and what members said, what comes next. Pure.</summary>
public static class RotationStep
{
    /// <param name="table">The keys as the database has them.</param>
    /// <param name="members">The members that are Up.</param>
    /// <param name="heard">What each member said last.</param>
    public static RotationWork Next<TMember>(KeyTable table, IReadOnlyCollection<TMember> members, IReadOnlyDictionary<TMember, KeysLearned> heard)
        where TMember : notnull
    {
        if (table.Known is { } known) return AllSaid(said => said.Newest >= known.Id) ? RotationWork.Promote : RotationWork.Teach;
        if (table.Writing is not { } writing || table.Retired.All(key => key.Left == 0))
        {
            // A dropped key is to leave every member's file, also of one that reads nothing because nothing is written.
            return table.DroppedCount == 0 || AllSaid(said => said.Dropped >= table.DroppedCount) ? RotationWork.None : RotationWork.Teach;
        }

        // Who still encrypts with a retired key would only make more to be encrypted anew.
        return AllSaid(said => said.Writing >= writing.Id) ? RotationWork.Renew : RotationWork.Teach;

        bool AllSaid(Func<KeysLearned, bool> holds) => members.All(member => heard.TryGetValue(member, out var said) && holds(said));
    }
}
