using ControlPlane.Expressions.Types;

namespace ControlPlane.Expressions.Values;

/// <summary>A list. Never changes.</summary>
internal abstract class CelList
{
    public abstract int Count { get; }

    public abstract CelValue this[int index] { get; }

    /// <summary>How the list compares and adds up; null where it does as lists do.</summary>
    public virtual CelType? Semantic => null;
}

/// <summary>A list of values.</summary>
internal sealed class ArrayList(CelValue[] items, int count, CelType? semantic = null) : CelList
{
    public static ArrayList Empty { get; } = new([], 0);

    public ArrayList(CelValue[] items) : this(items, items.Length)
    {
    }

    public override int Count => count;

    public override CelValue this[int index] => items[index];

    public override CelType? Semantic => semantic;
}

/// <summary>Two lists, one after the other: adding in a loop copies nothing, and is never deeper than <see cref="DeepestJoin"/>.</summary>
internal sealed class JoinedList : CelList
{
    private const int DeepestJoin = 16;
    private readonly CelList _first;
    private readonly CelList _second;
    private readonly int _depth;

    private JoinedList(CelList first, CelList second, int depth)
    {
        (_first, _second, _depth) = (first, second, depth);
        Count = checked(first.Count + second.Count);
    }

    public override int Count { get; }

    public override CelValue this[int index] => index < _first.Count ? _first[index] : _second[index - _first.Count];

    public static CelList Of(CelList first, CelList second)
    {
        if (first.Count == 0) return second;
        if (second.Count == 0) return first;
        var depth = 1 + Math.Max((first as JoinedList)?._depth ?? 0, (second as JoinedList)?._depth ?? 0);
        var joined = new JoinedList(first, second, depth);
        if (depth <= DeepestJoin) return joined;
        var items = new CelValue[joined.Count];
        for (var at = 0; at < items.Length; at++) items[at] = joined[at];
        return new ArrayList(items);
    }
}

/// <summary>A map. Never changes. Entries have an order, so that they can be counted through.</summary>
internal abstract class CelMap
{
    public abstract int Count { get; }

    public abstract bool TryGet(CelValue key, out CelValue value);

    public abstract CelValue KeyAt(int index);

    public abstract CelValue ValueAt(int index);
}

/// <summary>A map of values.</summary>
internal sealed class EntryMap : CelMap
{
    private readonly List<(CelValue Key, CelValue Value)> _entries = [];
    private readonly Dictionary<CelValue, int> _index = new(KeyComparer.Instance);

    public static EntryMap Empty { get; } = new();

    public override int Count => _entries.Count;

    /// <summary>Adds an entry while the map is made; false if the key is there.</summary>
    public bool TryAdd(CelValue key, CelValue value)
    {
        if (!_index.TryAdd(key, _entries.Count)) return false;
        _entries.Add((key, value));
        return true;
    }

    public override bool TryGet(CelValue key, out CelValue value)
    {
        var found = _index.TryGetValue(key, out var at);
        value = found ? _entries[at].Value : default;
        return found;
    }

    public override CelValue KeyAt(int index) => _entries[index].Key;

    public override CelValue ValueAt(int index) => _entries[index].Value;

    /// <summary>Whether a value may be a key.</summary>
    public static bool IsKey(CelValue key) => key.Kind is CelKind.Bool or CelKind.Int or CelKind.Uint or CelKind.String;
}

/// <summary>Keys by value: 1, 1u and 1.0 are the same one.</summary>
internal sealed class KeyComparer : IEqualityComparer<CelValue>
{
    public static KeyComparer Instance { get; } = new();

    public bool Equals(CelValue x, CelValue y) => Equality.Equal(x, y);

    public int GetHashCode(CelValue key) => key.Kind switch
    {
        CelKind.String => key.Text.GetHashCode(StringComparison.Ordinal),
        CelKind.Int => key.Int.GetHashCode(),
        CelKind.Uint => unchecked((long)key.Uint).GetHashCode(),
        CelKind.Double when key.Double is >= long.MinValue and < ulong.MaxValue && Math.Floor(key.Double) == key.Double =>
            (key.Double < 0 ? (long)key.Double : unchecked((long)(ulong)key.Double)).GetHashCode(),
        CelKind.Bool => key.IsTrue ? 1 : 2,
        _ => 0,
    };
}

/// <summary>An object of a type with named fields. Never changes.</summary>
internal abstract class CelStruct(CelType type)
{
    public CelType Type { get; } = type;

    /// <summary>The JSON names of the fields that are there.</summary>
    public abstract IEnumerable<string> Names { get; }

    /// <summary>A field's value by its name in JSON; false if it is not there.</summary>
    public abstract bool TryGet(CelField field, out CelValue value);
}

/// <summary>An object that an expression made.</summary>
internal sealed class MadeStruct(CelType type, Dictionary<string, CelValue> fields) : CelStruct(type)
{
    public override IEnumerable<string> Names => fields.Keys;

    public override bool TryGet(CelField field, out CelValue value) => fields.TryGetValue(field.JsonName, out value);
}

/// <summary>An object whose fields are found when they are asked for. For one evaluation at a time.</summary>
internal sealed class LazyStruct(CelType type, Func<string, CelValue> find) : CelStruct(type)
{
    private readonly Dictionary<string, CelValue> _found = [];

    public override IEnumerable<string> Names => _found.Keys;

    public override bool TryGet(CelField field, out CelValue value)
    {
        if (!_found.TryGetValue(field.JsonName, out value)) _found[field.JsonName] = value = find(field.JsonName);
        return true;
    }
}

/// <summary>A value that may be none.</summary>
internal sealed class CelOptional(CelValue value, bool hasValue)
{
    public static CelValue None { get; } = CelValue.Of(new CelOptional(default, hasValue: false));

    public bool HasValue => hasValue;

    public CelValue Value => value;

    public static CelValue Some(CelValue value) => CelValue.Of(new CelOptional(value, hasValue: true));
}

/// <summary>A value of a library.</summary>
internal abstract class CelOpaque(string typeName)
{
    /// <summary>The name <c>type(x)</c> has.</summary>
    public string TypeName { get; } = typeName;

    public abstract bool Equal(CelOpaque other);
}
