namespace ControlPlane.Entities;

/// <summary>
/// Ends an object's actor in its turn, after the write under way: a PoisonPill would overtake that, and its asker would get no answer. Also what a shard tells its
/// actors when it moves to another member.
/// </summary>
public sealed class LeaveMemory
{
    public static readonly LeaveMemory Instance = new();

    private LeaveMemory() { }
}
