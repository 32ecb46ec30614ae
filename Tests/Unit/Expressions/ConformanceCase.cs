using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Expressions;
using ControlPlane.Expressions.Types;
using ControlPlane.Expressions.Values;

namespace Tests.Unit.Expressions;

/// <summary>A case of the public conformance tests: see README.md beside the data.</summary>
internal sealed class ConformanceCase(string file, JsonObject data)
{
    public string Name { get; } = $"{file}/{(string)data["name"]!}";

    /// <summary>The cases of a file.</summary>
    public static IReadOnlyList<ConformanceCase> Read(string file, JsonNode content) =>
        [.. content["cases"]!.AsArray().Select(data => new ConformanceCase(file, data!.AsObject()))];

    /// <summary>How the case fails; null if it passes.</summary>
    public string? Run()
    {
        var environment = CelEnvironment.Plain;
        if (data.ContainsKey("unchecked")) environment = environment.Unchecked();
        var activation = new CelActivation();
        foreach (var variable in data["env"]?.AsArray() ?? []) environment = environment.With((string)variable![0]!, TypeOf((string)variable[1]!));
        foreach (var binding in data["bindings"]?.AsArray() ?? [])
        {
            var name = (string)binding![0]!;
            if (environment.Variable(name) is null) environment = environment.With(name, CelType.Dyn);
            activation[name] = ValueOf(binding[1]!);
        }
        var compiled = environment.Compile((string)data["expr"]!);
        var expectsError = data.ContainsKey("error");
        if (compiled.Program is null) return expectsError ? null : compiled.ErrorText;
        if ((string?)data["type"] is { } type && compiled.Program.ResultType.ToString() != type) return $"type {compiled.Program.ResultType}, not {type}";
        if (data.ContainsKey("checkOnly")) return null;
        var result = compiled.Program.Evaluate(activation, new CelBudget());
        if (expectsError) return result.Error is null ? $"{result.Value}, not an error" : null;
        if (result.Error is not null) return result.Error;
        var expected = ValueOf(data["value"]!);
        return Same(expected, result.Value) ? null : $"{result.Value.Kind} {result.Value}, not {expected.Kind} {expected}";
    }

    /// <summary>Equality that tells numbers of different types apart, and finds NaN to be itself.</summary>
    private static bool Same(CelValue expected, CelValue actual)
    {
        if (expected.Kind != actual.Kind) return false;
        return expected.Kind switch
        {
            CelKind.Double => expected.Double.Equals(actual.Double),
            CelKind.List => expected.List.Count == actual.List.Count && Enumerable.Range(0, expected.List.Count).All(at => Same(expected.List[at], actual.List[at])),
            CelKind.Map => expected.Map.Count == actual.Map.Count
                && Enumerable.Range(0, expected.Map.Count).All(at => actual.Map.TryGet(expected.Map.KeyAt(at), out var value) && Same(expected.Map.ValueAt(at), value)),
            _ => expected.Equal(actual),
        };
    }

    private static CelValue ValueOf(JsonNode node)
    {
        var (kind, value) = node.AsObject().First();
        return kind switch
        {
            "null" => CelValue.Null,
            "bool" => CelValue.Of((bool)value!),
            "int" => CelValue.Of(Whole((string)value!)),
            "uint" => CelValue.Of((ulong)Whole((string)value!, unsigned: true)),
            "double" => CelValue.Of(Number((string)value!)),
            "string" => CelValue.Of((string)value!),
            "bytes" => CelValue.Of(Convert.FromHexString((string)value!)),
            "type" => CelValue.OfType((string)value!),
            "timestamp" => CelValue.Time(Whole((string)value![0]!), (int)Whole((string)value[1]!)),
            "duration" => CelValue.Span(Whole((string)value![0]!) * Times.SecondNanos + Whole((string)value[1]!)),
            "list" => CelValue.Of(new ArrayList([.. value!.AsArray().Select(item => ValueOf(item!))])),
            "map" => MapOf(value!.AsArray()),
            _ => throw new InvalidOperationException($"No value is known for {kind}."),
        };
    }

    private static CelValue MapOf(JsonArray entries)
    {
        var map = new EntryMap();
        foreach (var entry in entries) map.TryAdd(ValueOf(entry![0]!), ValueOf(entry[1]!));
        return CelValue.Of(map);
    }

    private static long Whole(string text, bool unsigned = false)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)) return long.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return unsigned ? unchecked((long)ulong.Parse(text, CultureInfo.InvariantCulture)) : long.Parse(text, CultureInfo.InvariantCulture);
    }

    private static double Number(string text) => text.ToLowerInvariant() switch
    {
        "nan" or "-nan" => double.NaN,
        "inf" or "infinity" => double.PositiveInfinity,
        "-inf" or "-infinity" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    private static CelType TypeOf(string text)
    {
        var (type, rest) = Read(text);
        return rest.Length == 0 ? type : throw new InvalidOperationException($"No type is known for {text}.");

        static (CelType Type, string Left) Read(string text)
        {
            var end = text.AsSpan().IndexOfAny("(), ");
            var name = end < 0 ? text : text[..end];
            var rest = text[name.Length..];
            var parts = new List<CelType>();
            while (rest.StartsWith(parts.Count == 0 ? "(" : ", ", StringComparison.Ordinal))
            {
                (var part, rest) = Read(rest[(parts.Count == 0 ? 1 : 2)..]);
                parts.Add(part);
            }
            if (parts.Count > 0) rest = rest[1..];
            return (name switch
            {
                "list" => CelType.List(parts[0]),
                "map" => CelType.Map(parts[0], parts[1]),
                "optional_type" => CelType.Optional(parts[0]),
                "type" => CelType.TypeOf(CelType.Dyn),
                "bool" => CelType.Bool,
                "int" => CelType.Int,
                "uint" => CelType.Uint,
                "double" => CelType.Double,
                "string" => CelType.String,
                "bytes" => CelType.Bytes,
                "timestamp" => CelType.Timestamp,
                "duration" => CelType.Duration,
                "null" => CelType.Null,
                _ => CelType.Dyn,
            }, rest);
        }
    }
}
