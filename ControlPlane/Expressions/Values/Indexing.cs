namespace ControlPlane.Expressions.Values;

/// <summary>Parts of values: <c>a[b]</c>, <c>a.b</c>, and whether they are there.</summary>
internal static class Indexing
{
    public static CelValue NoOverload { get; } = CelValue.Fault("no such overload");

    /// <summary><c>container[key]</c>.</summary>
    public static CelValue At(CelValue container, CelValue key)
    {
        if (container.Kind == CelKind.Optional) return OptionalAt(container, key);
        return Find(container, key, out var value) ? value : value.IsFault ? value : Missing(container, key);
    }

    /// <summary><c>container[?key]</c>: none where there is no such part.</summary>
    public static CelValue OptionalAt(CelValue container, CelValue key)
    {
        if (container.Kind == CelKind.Optional)
        {
            if (!container.Optional.HasValue) return container;
            container = container.Optional.Value;
        }
        if (Find(container, key, out var value)) return value.IsFault ? value : CelOptional.Some(value);
        return value.IsFault ? value : CelOptional.None;
    }

    /// <summary><c>operand.field</c>, by the name the expression has.</summary>
    public static CelValue Select(CelValue operand, string name, CelValue key)
    {
        switch (operand.Kind)
        {
            case CelKind.Map: return operand.Map.TryGet(key, out var item) ? item : NoKey(key);
            case CelKind.Struct:
                if (operand.Struct.Type.Field(name) is not { } field) return NoField(name);
                return operand.Struct.TryGet(field, out var value) ? value : NoKey(key);
            case CelKind.Optional: return OptionalSelect(operand, name, key);
            case CelKind.Fault: return operand;
            default: return NoOverload;
        }
    }

    /// <summary><c>operand.?field</c>.</summary>
    public static CelValue OptionalSelect(CelValue operand, string name, CelValue key)
    {
        if (operand.Kind == CelKind.Optional)
        {
            if (!operand.Optional.HasValue) return operand;
            operand = operand.Optional.Value;
        }
        var there = Has(operand, name, key);
        if (there.IsFault) return there;
        if (there.IsFalse) return CelOptional.None;
        var value = Select(operand, name, key);
        return value.IsFault ? value : CelOptional.Some(value);
    }

    /// <summary><c>has(operand.field)</c>.</summary>
    public static CelValue Has(CelValue operand, string name, CelValue key)
    {
        switch (operand.Kind)
        {
            case CelKind.Map: return CelValue.Of(operand.Map.TryGet(key, out _));
            case CelKind.Struct: return operand.Struct.Type.Field(name) is { } field ? CelValue.Of(operand.Struct.TryGet(field, out _)) : NoField(name);
            case CelKind.Optional: return operand.Optional.HasValue ? Has(operand.Optional.Value, name, key) : CelValue.False;
            case CelKind.Fault: return operand;
            default: return NoOverload;
        }
    }

    public static CelValue NoKey(CelValue key) => CelValue.Fault($"no such key: {key}");

    private static CelValue NoField(string name) => CelValue.Fault($"no such field '{name}'");

    /// <summary>Whether a part is there; the value is a fault where the key can be none.</summary>
    private static bool Find(CelValue container, CelValue key, out CelValue value)
    {
        value = default;
        switch (container.Kind)
        {
            case CelKind.List:
                if (Position(key) is not { } position)
                {
                    value = NoOverload;
                    return false;
                }
                var found = position >= 0 && position < container.List.Count;
                value = found ? container.List[(int)position] : CelValue.Null;
                return found;
            case CelKind.Map:
                if (!EntryMap.IsKey(key) && key.Kind != CelKind.Double)
                {
                    value = NoOverload;
                    return false;
                }
                if (container.Map.TryGet(key, out value)) return true;
                value = CelValue.Null;
                return false;
            case CelKind.Struct when key.Kind == CelKind.String:
                if (container.Struct.Type.Field(key.Text) is { } field && container.Struct.TryGet(field, out value)) return true;
                value = CelValue.Null;
                return false;
            default:
                value = NoOverload;
                return false;
        }
    }

    private static long? Position(CelValue key) => key.Kind switch
    {
        CelKind.Int => key.Int,
        CelKind.Uint => key.Uint <= int.MaxValue ? (long)key.Uint : -1,
        CelKind.Double when Math.Floor(key.Double) == key.Double && Math.Abs(key.Double) < int.MaxValue => (long)key.Double,
        _ => null,
    };

    private static CelValue Missing(CelValue container, CelValue key) => container.Kind == CelKind.List ? CelValue.Fault($"index out of bounds: {key}") : NoKey(key);
}
