using Shared.Api;

namespace ControlPlane.Entities;

/// <summary>
/// What is to be looked at, and when: kept for the objects by the process that hosts them and not by their actors, so that an actor that stops, moves or fails
/// forgets nothing. Any thread may tell it.
/// </summary>
public interface IReconcileSchedule
{
    /// <summary>The object was looked at and there is nothing left to do.</summary>
    /// <param name="again">When to look again though nothing changes; null: not before something does. What was due before is replaced.</param>
    void Settled(in ObjectKey key, TimeSpan? again);

    /// <summary>The work on an object was broken off: it is looked at again, later with each failure in a row.</summary>
    void Failed(in ObjectKey key);
}
