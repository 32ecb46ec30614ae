using System.Collections.Immutable;
using ControlPlane.Objects.Selectors;

namespace ControlPlane.Scheduling;

/// <summary>A preferred term and how much it counts, 1..100.</summary>
public sealed record PreferredTerm(NodeSelectorTerm Term, int Weight);

/// <summary>Where a pod must run: nodeSelector, and one of the required terms where there are any.</summary>
/// <param name="Selector">nodeSelector: labels that must be equal.</param>
/// <param name="Required">Null: nothing is required.</param>
public sealed record NodeAffinityTerms(ImmutableArray<KeyValuePair<string, string>> Selector, ImmutableArray<NodeSelectorTerm>? Required)
{
    public static NodeAffinityTerms Anywhere { get; } = new([], null);

    /// <summary>The one node that can do, where the terms name it, as a DaemonSet's do; empty otherwise.</summary>
    public string PinnedTo
    {
        get
        {
            if (Required is not [var term]) return "";
            foreach (var requirement in term.Names)
            {
                if (requirement is { Operator: LabelOperator.In, Values: [var name] }) return name;
            }
            return "";
        }
    }

    /// <summary>Whether every node will do.</summary>
    public bool IsAnywhere => Selector.Length == 0 && Required is null;

    public bool Matches(NodeOffer node)
    {
        foreach (var (key, value) in Selector)
        {
            if (!node.Labels.TryGetValue(key, out var found) || found != value) return false;
        }
        if (Required is not { } terms) return true;
        foreach (var term in terms)
        {
            if (term.Matches(node.Name, node.Labels)) return true;
        }
        return false;
    }
}
