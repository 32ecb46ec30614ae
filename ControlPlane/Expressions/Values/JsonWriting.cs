using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using ControlPlane.Expressions.Types;

namespace ControlPlane.Expressions.Values;

/// <summary>Writes values as JSON.</summary>
internal static class JsonWriting
{
    /// <summary>No value is written that has more parts: one may hold another often.</summary>
    private const int MostParts = 1_000_000;

    /// <summary>False for what JSON has no word for: types, infinite numbers, values of libraries, and what is too large or nested too deeply.</summary>
    public static bool TryWrite(CelValue value, out JsonNode? json)
    {
        var left = MostParts;
        return TryWrite(value, ref left, out json);
    }

    private static bool TryWrite(CelValue value, ref int left, out JsonNode? json)
    {
        json = null;
        if (--left < 0) return false;
        switch (value.Kind)
        {
            case CelKind.Null: return true;
            case CelKind.Bool: json = JsonValue.Create(value.IsTrue); return true;
            case CelKind.Int: json = JsonValue.Create(value.Int); return true;
            case CelKind.Uint: json = JsonValue.Create(value.Uint); return true;
            case CelKind.Double when double.IsFinite(value.Double): json = JsonValue.Create(value.Double); return true;
            case CelKind.String: json = JsonValue.Create(value.Text); return true;
            case CelKind.Bytes: json = JsonValue.Create(Convert.ToBase64String(value.Data)); return true;
            case CelKind.Timestamp or CelKind.Duration: json = JsonValue.Create(Conversions.ToText(value).Text); return true;
            case CelKind.Optional when !value.Optional.HasValue: return true;
            case CelKind.Optional: return TryWrite(value.Optional.Value, ref left, out json);
            case CelKind.List or CelKind.Map or CelKind.Struct when RuntimeHelpers.TryEnsureSufficientExecutionStack(): return TryWriteNested(value, ref left, out json);
            default: return false;
        }
    }

    private static bool TryWriteNested(CelValue value, ref int left, out JsonNode? json)
    {
        json = null;
        if (value.Kind == CelKind.List)
        {
            var items = new JsonArray();
            for (var at = 0; at < value.List.Count; at++)
            {
                if (!TryWrite(value.List[at], ref left, out var item)) return false;
                items.Add(item);
            }
            json = items;
            return true;
        }
        var members = new JsonObject();
        json = members;
        return value.Kind == CelKind.Map ? TryWriteMap(value.Map, ref left, members) : TryWriteStruct(value.Struct, ref left, members);
    }

    private static bool TryWriteMap(CelMap map, ref int left, JsonObject members)
    {
        for (var at = 0; at < map.Count; at++)
        {
            if (!TryWrite(map.ValueAt(at), ref left, out var item)) return false;
            members[Conversions.ToText(map.KeyAt(at)).Text] = item;
        }
        return true;
    }

    private static bool TryWriteStruct(CelStruct @struct, ref int left, JsonObject members)
    {
        if (@struct is JsonStruct json)
        {
            foreach (var (name, member) in json.Members) members[name] = member?.DeepClone();
            return true;
        }
        foreach (var name in @struct.Names)
        {
            if (!@struct.TryGet(new(name, CelType.Dyn), out var value) || !TryWrite(value, ref left, out var member)) return false;
            members[name] = member;
        }
        return true;
    }
}
