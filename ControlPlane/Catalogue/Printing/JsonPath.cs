using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Catalogue.Printing;

/// <summary>
/// The part of kubectl's JSONPath that definitions of custom resources use in columns and selectable fields: members (<c>.a</c>, <c>['a.b']</c>),
/// items (<c>[0]</c>, <c>[-1]</c>, <c>[*]</c>) and items told by a member (<c>[?(@.type=="Ready")]</c>). Immutable.
/// </summary>
public sealed class JsonPath
{
    private readonly ImmutableArray<Step> _steps;

    private JsonPath(ImmutableArray<Step> steps) => _steps = steps;

    /// <summary>Reads a path such as <c>.spec.replicas</c>; false and what is wrong with it for anything else.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out JsonPath? path, [NotNullWhen(false)] out string? fault)
    {
        (path, fault) = (null, null);
        var steps = ImmutableArray.CreateBuilder<Step>();
        for (var at = 0; at < text.Length;)
        {
            var step = text[at] switch
            {
                '.' => Member(text, ref at),
                '[' => Bracket(text, ref at),
                _ => null,
            };
            if (step is null)
            {
                fault = $"unexpected text in a JSONPath at \"{text[at..]}\"";
                return false;
            }
            steps.Add(step);
        }
        if (steps.Count == 0)
        {
            fault = "a JSONPath may not be empty";
            return false;
        }
        path = new(steps.DrainToImmutable());
        return true;
    }

    /// <summary>Everything the path leads to, in order; nothing where a step finds nothing.</summary>
    public IEnumerable<JsonNode> Read(JsonNode root)
    {
        IEnumerable<JsonNode?> found = [root];
        foreach (var step in _steps) found = found.SelectMany(node => step.From(node));
        return found.OfType<JsonNode>();
    }

    private static MemberStep? Member(string text, ref int at)
    {
        var end = text.AsSpan(at + 1).IndexOfAny('.', '[') is var length and >= 0 ? at + 1 + length : text.Length;
        var name = text[(at + 1)..end].Replace("\\", "", StringComparison.Ordinal);
        // A dot that belongs to the name has a backslash before it.
        while (end < text.Length && text[end] == '.' && text[end - 1] == '\\')
        {
            var next = text.AsSpan(end + 1).IndexOfAny('.', '[') is var more and >= 0 ? end + 1 + more : text.Length;
            name += text[end..next].Replace("\\", "", StringComparison.Ordinal);
            end = next;
        }
        if (name.Length == 0) return null;
        at = end;
        return new(name);
    }

    private static Step? Bracket(string text, ref int at)
    {
        var end = text.IndexOf(']', at);
        if (end < 0) return null;
        var inside = text[(at + 1)..end];
        Step? step = inside switch
        {
            "*" => new EachStep(),
            ['\'', _, .., '\''] => new MemberStep(inside[1..^1]),
            ['?', '(', '@', '.', .. var filter, ')'] => Filter(filter),
            _ when int.TryParse(inside, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index) => new IndexStep(index),
            _ => null,
        };
        if (step is not null) at = end + 1;
        return step;
    }

    private static FilterStep? Filter(string filter)
    {
        var equals = filter.IndexOf("==", StringComparison.Ordinal);
        if (equals <= 0) return null;
        var (member, value) = (filter[..equals].Trim(), filter[(equals + 2)..].Trim());
        return value is ['"', .., '"'] or ['\'', .., '\''] && value.Length >= 2 ? new(member, value[1..^1]) : null;
    }

    private abstract record Step
    {
        public abstract IEnumerable<JsonNode?> From(JsonNode? node);
    }

    private sealed record MemberStep(string Name) : Step
    {
        public override IEnumerable<JsonNode?> From(JsonNode? node) => node is JsonObject members && members.TryGetPropertyValue(Name, out var value) ? [value] : [];
    }

    private sealed record IndexStep(int Index) : Step
    {
        public override IEnumerable<JsonNode?> From(JsonNode? node) =>
            node is JsonArray list && (Index < 0 ? list.Count + Index : Index) is var at && at >= 0 && at < list.Count ? [list[at]] : [];
    }

    private sealed record EachStep : Step
    {
        public override IEnumerable<JsonNode?> From(JsonNode? node) => node switch
        {
            JsonArray list => list,
            JsonObject members => members.Select(member => member.Value),
            _ => [],
        };
    }

    private sealed record FilterStep(string Member, string Value) : Step
    {
        public override IEnumerable<JsonNode?> From(JsonNode? node) => node is JsonArray list ? list.Where(item => item.Any(Member.Split('.')) == Value) : [];
    }
}
