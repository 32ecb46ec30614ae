namespace ControlPlane.Scheduling;

/// <summary>Priority, then age; the name breaks ties so that the order never depends on chance.</summary>
internal sealed class Urgency : IComparer<PendingPod>
{
    public static readonly Urgency Instance = new();

    public int Compare(PendingPod? x, PendingPod? y)
    {
        var (a, b) = (x!.Demand, y!.Demand);
        var order = b.Priority.CompareTo(a.Priority);
        if (order == 0) order = a.Created.CompareTo(b.Created);
        if (order == 0) order = string.CompareOrdinal(a.Key.Namespace, b.Key.Namespace);
        return order != 0 ? order : string.CompareOrdinal(a.Key.Name, b.Key.Name);
    }
}
