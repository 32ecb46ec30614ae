namespace ControlPlane.Scheduling.Topology;

/// <summary>Comparison of sets of labels.</summary>
internal static class LabelSets
{
    public static bool Same(IReadOnlyDictionary<string, string> labels, IReadOnlyDictionary<string, string> others)
    {
        if (ReferenceEquals(labels, others)) return true;
        if (labels.Count != others.Count) return false;
        foreach (var (key, value) in labels)
        {
            if (!others.TryGetValue(key, out var other) || other != value) return false;
        }
        return true;
    }
}
