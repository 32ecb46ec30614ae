using System.Collections.Immutable;

namespace ControlPlane.Scheduling.Topology;

/// <summary>The labels of the live namespaces. One that is not known has none.</summary>
public sealed class NamespaceLabels
{
    private readonly Dictionary<string, IReadOnlyDictionary<string, string>> _labels = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => _labels.Keys;

    public IReadOnlyDictionary<string, string> Of(string name) => _labels.GetValueOrDefault(name) ?? ImmutableDictionary<string, string>.Empty;

    /// <summary>Takes note of a namespace's labels; null: it is gone. True if they were others before.</summary>
    internal bool Set(string name, IReadOnlyDictionary<string, string>? labels)
    {
        var before = Of(name);
        if (labels is null) _labels.Remove(name);
        else _labels[name] = labels;
        return !LabelSets.Same(before, Of(name));
    }
}
