using System.Collections.Immutable;
using ControlPlane.Objects.Selectors;

namespace ControlPlane.Scheduling.Topology;

/// <summary>
/// Which pods an affinity term or a spreading constraint speaks of: those in one of the namespaces, or in a namespace with selected labels, that
/// have selected labels themselves. Two selections are equal if they say the same.
/// </summary>
public sealed class PodSelection : IEquatable<PodSelection>
{
    /// <param name="namespaces">Namespaces by name.</param>
    /// <param name="namespaceSelector">Namespaces by label, in addition; null for none, an empty selector for all.</param>
    /// <param name="labels">The labels of the pods.</param>
    public PodSelection(ImmutableArray<string> namespaces, LabelSelector? namespaceSelector, LabelSelector labels)
    {
        (Namespaces, NamespaceSelector, Labels) = (namespaces, namespaceSelector, labels);
        var text = new Signature().Add(namespaces.Length);
        foreach (var @namespace in namespaces) text.Add(@namespace);
        Text = text.Add(namespaceSelector).Add(labels).ToString();
    }

    public ImmutableArray<string> Namespaces { get; }
    public LabelSelector? NamespaceSelector { get; }
    public LabelSelector Labels { get; }

    /// <summary>The selection in a form that is the same for equal ones only.</summary>
    public string Text { get; }

    /// <summary>Whether a pod is one of them.</summary>
    public bool Selects(PodDemand pod, NamespaceLabels namespaces) =>
        (Namespaces.Contains(pod.Key.Namespace) || NamespaceSelector?.Matches(namespaces.Of(pod.Key.Namespace)) == true) && Labels.Matches(pod.Labels);

    public bool Equals(PodSelection? other) => other is not null && Text == other.Text;

    public override bool Equals(object? obj) => Equals(obj as PodSelection);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
}
