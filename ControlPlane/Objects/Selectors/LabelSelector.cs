using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Objects.Selectors;

/// <summary>A conjunction of requirements on labels. Immutable; build it once and match often.</summary>
public sealed class LabelSelector
{
    private readonly ImmutableArray<LabelRequirement> _requirements;
    private readonly bool _nothing;

    private LabelSelector(ImmutableArray<LabelRequirement> requirements, bool nothing = false) => (_requirements, _nothing) = (requirements, nothing);

    /// <summary>Matches every object: what an empty query or an empty LabelSelector object means.</summary>
    public static LabelSelector Everything { get; } = new([]);

    /// <summary>Matches no object: what an absent LabelSelector object means.</summary>
    public static LabelSelector Nothing { get; } = new([], nothing: true);

    /// <summary>The terms, all of which must hold.</summary>
    public ImmutableArray<LabelRequirement> Requirements => _requirements;

    /// <summary>Whether there is nothing to check: every object matches.</summary>
    public bool IsEverything => !_nothing && _requirements.Length == 0;

    /// <summary>Whether no object can match.</summary>
    public bool SelectsNothing => _nothing;

    /// <summary>Selects what meets these requirements too.</summary>
    public LabelSelector And(params ReadOnlySpan<LabelRequirement> requirements) =>
        _nothing || requirements.Length == 0 ? this : Of([.. _requirements, .. requirements]);

    /// <summary>Reads the query syntax of <c>labelSelector=</c>: <c>a=b,c!=d,e in (x,y),!f,g</c>. Null or empty is <see cref="Everything"/>.</summary>
    public static bool TryParse(string? query, [NotNullWhen(true)] out LabelSelector? selector, [NotNullWhen(false)] out ApiStatus? rejection)
    {
        (selector, rejection) = (Everything, null);
        if (string.IsNullOrEmpty(query)) return true;
        if (LabelSelectorParser.Parse(query, out var fault) is { } requirements)
        {
            if (requirements.Length > 0) selector = Of(requirements);
            return true;
        }
        (selector, rejection) = (null, ApiStatus.BadRequest(fault));
        return false;
    }

    /// <summary>
    /// Reads a meta/v1 LabelSelector. Null is <see cref="Nothing"/>; so is one that validation would have refused: it must not select what was
    /// not meant.
    /// </summary>
    public static LabelSelector From(JsonNode? selector)
    {
        if (selector is not JsonObject @object) return Nothing;
        var requirements = ImmutableArray.CreateBuilder<LabelRequirement>();
        if (@object.Child("matchLabels") is { } labels)
        {
            foreach (var (key, value) in labels)
            {
                if (value.TextOf() is not { } text) return Nothing;
                requirements.Add(new(key, LabelOperator.In, [text]));
            }
        }
        foreach (var expression in @object.Items("matchExpressions"))
        {
            if (expression is not JsonObject term || term["key"].TextOf() is not { } key || term["operator"].TextOf() is not { } name) return Nothing;
            var values = term.Items("values").Select(value => value.Text()).ToArray();
            if (Requirement(key, name, values) is not { } requirement) return Nothing;
            requirements.Add(requirement);
        }
        return requirements.Count == 0 ? Everything : Of(requirements.DrainToImmutable());
    }

    /// <summary>Reads a plain map of labels that must be equal, as a Service's selector is. Null or empty is <see cref="Nothing"/>, as for Services.</summary>
    public static LabelSelector FromMap(IEnumerable<KeyValuePair<string, string>>? labels)
    {
        ImmutableArray<LabelRequirement> requirements = [.. (labels ?? []).Select(label => new LabelRequirement(label.Key, LabelOperator.In, [label.Value]))];
        return requirements.Length == 0 ? Nothing : Of(requirements);
    }

    /// <summary>Whether an object with these labels is selected.</summary>
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        foreach (var requirement in _requirements)
        {
            if (!requirement.Matches(labels)) return false;
        }
        return !_nothing;
    }

    /// <summary>The selector in the query syntax, its terms sorted by key: as a Scale's <c>status.selector</c> shows it.</summary>
    public override string ToString() => string.Join(',', _requirements);

    private static LabelSelector Of(ImmutableArray<LabelRequirement> requirements) =>
        new([.. requirements.OrderBy(requirement => requirement.Key, StringComparer.Ordinal)]);

    private static LabelRequirement? Requirement(string? key, string? name, IEnumerable<string> values)
    {
        if (string.IsNullOrEmpty(key)) return null;
        ImmutableArray<string> sorted = [.. values.Distinct().Order(StringComparer.Ordinal)];
        return (name, sorted.Length) switch
        {
            ("In", > 0) => new(key, LabelOperator.In, sorted),
            ("NotIn", > 0) => new(key, LabelOperator.NotIn, sorted),
            ("Exists", 0) => new(key, LabelOperator.Exists, []),
            ("DoesNotExist", 0) => new(key, LabelOperator.DoesNotExist, []),
            ("Gt", 1) => new(key, LabelOperator.GreaterThan, sorted),
            ("Lt", 1) => new(key, LabelOperator.LessThan, sorted),
            _ => null,
        };
    }
}
