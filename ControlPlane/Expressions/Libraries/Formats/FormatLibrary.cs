using System.Collections.Immutable;
using ControlPlane.Expressions.Costs;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Libraries.Formats;

/// <summary>Kubernetes' named formats: <c>format.dns1123Label().validate(text)</c> is none where the text keeps the format, and says why where not.</summary>
internal static class FormatLibrary
{
    public static void Declare(FunctionTable table)
    {
        table.Type(FormatValue.Name);
        var known = TextFormats.Known.ToImmutableDictionary(format => format.Key, format => CelValue.Of(new FormatValue(format.Key, format.Value)));
        foreach (var (name, format) in known) table.Add($"format.{name}(): {FormatValue.Name}", _ => format);
        table.Add(
            $"format.named(string): optional({FormatValue.Name})",
            arguments => known.TryGetValue(arguments[0].Text, out var format) ? CelOptional.Some(format) : CelOptional.None);
        table.Add(
            $"({FormatValue.Name}).validate(string): optional(list(string))",
            Validate,
            static sizes => CostRules.Times(CostRules.Tenth(sizes[1]), 16) + 1,
            static _ => 1);
    }

    private static readonly Implementation Validate = static arguments =>
        ((FormatValue)arguments[0].Opaque).Fault(arguments[1].Text) is { } fault
            ? CelOptional.Some(CelValue.Of(new ArrayList([CelValue.Of(fault)])))
            : CelOptional.None;
}

/// <summary>A format that texts may keep.</summary>
internal sealed class FormatValue(string name, Func<string, string?> fault) : CelOpaque(Name)
{
    public const string Name = "kubernetes.NamedFormat";

    /// <summary>What is wrong with a text; null if nothing is.</summary>
    public string? Fault(string text) => fault(text);

    public override bool Equal(CelOpaque other) => other is FormatValue format && format.ToString() == name;

    public override string ToString() => name;
}
