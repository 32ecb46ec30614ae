using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Json;

namespace ControlPlane.Scheduling.Topology;

/// <summary>
/// Reads what a pod's spec says about other pods. matchLabelKeys and mismatchLabelKeys are resolved with the pod's own labels here, which comes
/// to the same where they were merged into the selector already.
/// </summary>
internal static class TopologyReader
{
    /// <summary>The required terms of podAffinity or podAntiAffinity.</summary>
    public static ImmutableArray<PodAffinityTerm> Terms(JsonElement spec, string kind, StoredObject pod)
    {
        var terms = ImmutableArray.CreateBuilder<PodAffinityTerm>();
        foreach (var term in spec.Objects("affinity", kind, "requiredDuringSchedulingIgnoredDuringExecution")) terms.Add(new(Selection(term, pod), term.Text("topologyKey")));
        return terms.DrainToImmutable();
    }

    /// <summary>The spreading constraints that are not only wishes.</summary>
    public static ImmutableArray<SpreadConstraint> Spread(JsonElement spec, StoredObject pod)
    {
        List<SpreadConstraint>? constraints = null;
        foreach (var constraint in spec.Objects("topologySpreadConstraints"))
        {
            if (constraint.Text("whenUnsatisfiable") == "DoNotSchedule") (constraints ??= []).Add(Constraint(constraint, pod));
        }
        return constraints is null ? [] : [.. constraints];
    }

    private static SpreadConstraint Constraint(JsonElement constraint, StoredObject pod) => new(
        new([pod.Key.Namespace], null, Labels(constraint, pod)),
        constraint.Text("topologyKey"),
        (int)Math.Clamp(constraint.Number("maxSkew") ?? 0, 1, int.MaxValue),
        (int)Math.Clamp(constraint.Number("minDomains") ?? 0, 1, int.MaxValue),
        constraint.Text("nodeAffinityPolicy") != "Ignore",
        constraint.Text("nodeTaintsPolicy") == "Honor");

    /// <summary>Without namespaces and namespaceSelector a term speaks of the pod's own namespace.</summary>
    private static PodSelection Selection(JsonElement term, StoredObject pod)
    {
        ImmutableArray<string> namespaces = [.. term.Texts("namespaces").Distinct().Order(StringComparer.Ordinal)];
        var byLabel = term.Child("namespaceSelector") is { } selector ? LabelSelector.From(JsonObject.Create(selector)) : null;
        return new(namespaces.Length == 0 && byLabel is null ? [pod.Key.Namespace] : namespaces, byLabel, Labels(term, pod));
    }

    private static LabelSelector Labels(JsonElement from, StoredObject pod)
    {
        var selector = from.Child("labelSelector") is { } labels ? LabelSelector.From(JsonObject.Create(labels)) : LabelSelector.Nothing;
        return selector.And([.. Own(from, "matchLabelKeys", LabelOperator.In, pod), .. Own(from, "mismatchLabelKeys", LabelOperator.NotIn, pod)]);
    }

    /// <summary>Requirements on the pod's own values of some labels; keys it does not have are passed over.</summary>
    private static IEnumerable<LabelRequirement> Own(JsonElement from, string keys, LabelOperator comparison, StoredObject pod)
    {
        foreach (var key in from.Texts(keys))
        {
            if (pod.Header.Labels.TryGetValue(key, out var value)) yield return new(key, comparison, [value]);
        }
    }
}
