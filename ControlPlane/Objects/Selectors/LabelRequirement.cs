using System.Collections.Immutable;
using System.Globalization;

namespace ControlPlane.Objects.Selectors;

/// <summary>How a <see cref="LabelRequirement"/> compares.</summary>
public enum LabelOperator { In, NotIn, Exists, DoesNotExist, GreaterThan, LessThan }

/// <summary>One term of a label selector. <paramref name="Values"/> are sorted; one for the comparisons of numbers, none for existence.</summary>
public sealed record LabelRequirement(string Key, LabelOperator Operator, ImmutableArray<string> Values)
{
    /// <summary>Whether an object with these labels meets the requirement. An absent label meets NotIn, as in Kubernetes.</summary>
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        var there = labels.TryGetValue(Key, out var value);
        return Operator switch
        {
            LabelOperator.In => there && Has(value!),
            LabelOperator.NotIn => !there || !Has(value!),
            LabelOperator.Exists => there,
            LabelOperator.DoesNotExist => !there,
            _ => there && Compare(value!),
        };
    }

    /// <summary>The term in the query syntax.</summary>
    public override string ToString() => Operator switch
    {
        LabelOperator.In when Values.Length == 1 => $"{Key}={Values[0]}",
        LabelOperator.NotIn when Values.Length == 1 => $"{Key}!={Values[0]}",
        LabelOperator.In => $"{Key} in ({string.Join(',', Values)})",
        LabelOperator.NotIn => $"{Key} notin ({string.Join(',', Values)})",
        LabelOperator.Exists => Key,
        LabelOperator.DoesNotExist => $"!{Key}",
        LabelOperator.GreaterThan => $"{Key}>{Values[0]}",
        _ => $"{Key}<{Values[0]}",
    };

    private bool Has(string value)
    {
        foreach (var wanted in Values)
        {
            if (wanted == value) return true;
        }
        return false;
    }

    private bool Compare(string value) =>
        long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        && long.TryParse(Values[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var bound)
        && (Operator == LabelOperator.GreaterThan ? number > bound : number < bound);
}
