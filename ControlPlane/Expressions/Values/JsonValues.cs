using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Expressions.Types;
using ControlPlane.Objects.Schemas;

namespace ControlPlane.Expressions.Values;

/// <summary>Sees JSON as values, one step at a time.</summary>
internal static class JsonValues
{
    public static CelValue Wrap(JsonNode? json, CelType type) => json switch
    {
        null => CelValue.Null,
        JsonObject members => type.Kind switch
        {
            CelTypeKind.Map => CelValue.Of(new JsonMap(members, type.Element)),
            CelTypeKind.Object => CelValue.Of(new JsonStruct(members, type)),
            CelTypeKind.Dyn => CelValue.Of(new JsonMap(members, CelType.Dyn)),
            _ => Mismatch(json, type),
        },
        JsonArray items => type.Kind switch
        {
            CelTypeKind.List => CelValue.Of(new JsonList(items, type)),
            CelTypeKind.Dyn => CelValue.Of(new JsonList(items, CelType.AnyList)),
            _ => Mismatch(json, type),
        },
        JsonValue value => Scalar(value, type),
        _ => Mismatch(json, type),
    };

    private static CelValue Scalar(JsonValue value, CelType type)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.String:
                // What was set and not read may be a text of another type.
                return Text(value.TryGetValue<string>(out var text) ? text : value.ToString(), value, type);
            case JsonValueKind.True: return type.Kind is CelTypeKind.Bool or CelTypeKind.Dyn ? CelValue.True : Mismatch(value, type);
            case JsonValueKind.False: return type.Kind is CelTypeKind.Bool or CelTypeKind.Dyn ? CelValue.False : Mismatch(value, type);
            case JsonValueKind.Number: return Number(value, type);
            default: return CelValue.Null;
        }
    }

    private static CelValue Text(string text, JsonValue value, CelType type) => type.Kind switch
    {
        CelTypeKind.String or CelTypeKind.Dyn => CelValue.Of(text),
        CelTypeKind.Timestamp => type.Source?.Format == "date" ? Times.ReadDate(text) : Times.ReadTimestamp(text),
        CelTypeKind.Duration => Times.ReadDuration(text),
        CelTypeKind.Bytes => Base64(text),
        _ => Mismatch(value, type),
    };

    private static CelValue Base64(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? CelValue.Of(bytes[..length]) : CelValue.Fault("invalid base64 value");
    }

    private static CelValue Number(JsonValue value, CelType type)
    {
        var isWhole = TryWhole(value, out var whole);
        switch (type.Kind)
        {
            case CelTypeKind.Double: return CelValue.Of(isWhole ? whole : Fraction(value));
            case CelTypeKind.Dyn: return isWhole ? CelValue.Of(whole) : CelValue.Of(Fraction(value));
            case CelTypeKind.String when type.Source?.Type == SchemaType.Quantity: return CelValue.Of(value.ToJsonString());
            case CelTypeKind.Uint when isWhole && whole >= 0: return CelValue.Of((ulong)whole);
            case CelTypeKind.Int:
                if (isWhole) return CelValue.Of(whole);
                var fraction = Fraction(value);
                return Math.Floor(fraction) == fraction && fraction is >= long.MinValue and < long.MaxValue ? CelValue.Of((long)fraction) : Mismatch(value, type);
            default: return Mismatch(value, type);
        }
    }

    /// <summary>A number that was read tells any type; one that was set keeps the type it was set with.</summary>
    private static bool TryWhole(JsonValue value, out long whole)
    {
        if (value.TryGetValue(out whole)) return true;
        if (value.TryGetValue<int>(out var small))
        {
            whole = small;
            return true;
        }
        return false;
    }

    private static double Fraction(JsonValue value) =>
        value.TryGetValue<double>(out var number) ? number
        : value.TryGetValue<decimal>(out var exact) ? (double)exact
        : value.TryGetValue<float>(out var small) ? small
        : double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);

    private static CelValue Mismatch(JsonNode json, CelType type) => CelValue.Fault($"invalid data, expected {type}, got {json.GetValueKind() switch
    {
        JsonValueKind.Object => "map",
        JsonValueKind.Array => "list",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        _ => "bool",
    }}");
}

/// <summary>A list in JSON.</summary>
internal sealed class JsonList(JsonArray items, CelType type) : CelList
{
    private readonly CelType _item = type.Element;

    /// <summary>The list itself, whose items a set or a map of items finds by their keys.</summary>
    public JsonArray Items { get; } = items;

    public override int Count => Items.Count;

    public override CelValue this[int index] => JsonValues.Wrap(Items[index], _item);

    public override CelType? Semantic { get; } = type.IsSet() || !type.MapKeys().IsEmpty ? type : null;
}

/// <summary>A map in JSON: its keys are texts.</summary>
internal sealed class JsonMap(JsonObject members, CelType item) : CelMap
{
    public JsonObject Members { get; } = members;

    public override int Count => Members.Count;

    public override bool TryGet(CelValue key, out CelValue value)
    {
        value = default;
        if (key.Kind != CelKind.String || !Members.TryGetPropertyValue(key.Text, out var json)) return false;
        value = JsonValues.Wrap(json, item);
        return true;
    }

    public override CelValue KeyAt(int index) => CelValue.Of(Members.GetAt(index).Key);

    public override CelValue ValueAt(int index) => JsonValues.Wrap(Members.GetAt(index).Value, item);
}

/// <summary>An object in JSON, of a type with named fields: others are not seen.</summary>
internal sealed class JsonStruct(JsonObject members, CelType type) : CelStruct(type)
{
    public JsonObject Members { get; } = members;

    public override IEnumerable<string> Names => Members.Select(member => member.Key);

    public override bool TryGet(CelField field, out CelValue value)
    {
        value = default;
        if (!Members.TryGetPropertyValue(field.JsonName, out var json)) return false;
        value = JsonValues.Wrap(json, field.Type);
        return true;
    }
}
