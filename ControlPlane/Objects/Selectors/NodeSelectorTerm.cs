using System.Collections.Immutable;
using System.Text.Json;
using Shared.Json;

namespace ControlPlane.Objects.Selectors;

/// <summary>A nodeSelectorTerm: all its expressions hold. A term without any selects nothing, as in Kubernetes.</summary>
/// <param name="Labels">matchExpressions, on the node's labels.</param>
/// <param name="Names">matchFields on metadata.name: In or NotIn.</param>
public sealed record NodeSelectorTerm(ImmutableArray<LabelRequirement> Labels, ImmutableArray<LabelRequirement> Names)
{
    /// <summary>Stands for a term that cannot be read: it must not select what was not meant.</summary>
    public static NodeSelectorTerm Nothing { get; } = new([], []);

    /// <summary>Whether it selects a node of this name and these labels.</summary>
    public bool Matches(string name, IReadOnlyDictionary<string, string> labels)
    {
        if (Labels.Length == 0 && Names.Length == 0) return false;
        foreach (var requirement in Labels)
        {
            if (!requirement.Matches(labels)) return false;
        }
        foreach (var requirement in Names)
        {
            if (requirement.Values.Contains(name) != (requirement.Operator == LabelOperator.In)) return false;
        }
        return true;
    }

    /// <summary>Reads a term.</summary>
    public static NodeSelectorTerm Read(JsonElement term)
    {
        var labels = term.Objects("matchExpressions").Select(Requirement).ToArray();
        var names = term.Objects("matchFields").Select(Requirement).ToArray();
        var readable = labels.All(requirement => requirement is not null)
            && names.All(requirement => requirement is { Key: "metadata.name", Operator: LabelOperator.In or LabelOperator.NotIn });
        return readable ? new([.. labels!], [.. names!]) : Nothing;
    }

    private static LabelRequirement? Requirement(JsonElement expression)
    {
        ImmutableArray<string> values = [.. expression.Texts("values").Distinct().Order(StringComparer.Ordinal)];
        LabelOperator? found = (expression.Text("operator"), values.Length) switch
        {
            ("In", > 0) => LabelOperator.In,
            ("NotIn", > 0) => LabelOperator.NotIn,
            ("Exists", 0) => LabelOperator.Exists,
            ("DoesNotExist", 0) => LabelOperator.DoesNotExist,
            ("Gt", 1) => LabelOperator.GreaterThan,
            ("Lt", 1) => LabelOperator.LessThan,
            _ => null,
        };
        return found is { } comparison && expression.Text("key") is { Length: > 0 } key ? new(key, comparison, values) : null;
    }
}
