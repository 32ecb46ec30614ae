using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlPlane.Objects.FieldManagement;

/// <summary>
/// Some of the fields of an object, as a tree of path elements in the words of Kubernetes' FieldsV1: <c>f:NAME</c> a member, <c>k:{KEYS}</c> the item of a list
/// with these keys, <c>v:VALUE</c> a value of a set. Whoever makes one may change it until it is shown to others.
/// </summary>
internal sealed class FieldSet : IEquatable<FieldSet>
{
    private const string Self = ".";
    private Dictionary<string, FieldSet>? _below;

    /// <summary>Whether the place itself is meant, and not only what is below it.</summary>
    public bool IsMember { get; set; }

    public bool IsEmpty => !IsMember && _below is null or { Count: 0 };

    /// <summary>What is below, by element, in no order.</summary>
    public IReadOnlyCollection<KeyValuePair<string, FieldSet>> Below => _below ?? (IReadOnlyCollection<KeyValuePair<string, FieldSet>>)[];

    /// <summary>What is below an element; null for nothing.</summary>
    public FieldSet? At(string element) => _below?.GetValueOrDefault(element);

    /// <summary>What is below an element, made if there was nothing.</summary>
    public FieldSet Make(string element)
    {
        _below ??= new(StringComparer.Ordinal);
        if (!_below.TryGetValue(element, out var below)) _below[element] = below = new();
        return below;
    }

    /// <summary>Sets what is below an element.</summary>
    public void Put(string element, FieldSet below) => (_below ??= new(StringComparer.Ordinal))[element] = below;

    /// <summary>What is in either.</summary>
    public static FieldSet Union(FieldSet one, FieldSet other)
    {
        if (one.IsEmpty) return other;
        if (other.IsEmpty) return one;
        var made = new FieldSet { IsMember = one.IsMember || other.IsMember };
        foreach (var (element, below) in one.Below) made.Put(element, other.At(element) is { } same ? Union(below, same) : below);
        foreach (var (element, below) in other.Below)
        {
            if (one.At(element) is null) made.Put(element, below);
        }
        return made;
    }

    /// <summary>What is in this one and not in the other.</summary>
    public FieldSet Without(FieldSet other) => Combine(other, keepsCommon: false);

    /// <summary>What is in both.</summary>
    public FieldSet Common(FieldSet other) => Combine(other, keepsCommon: true);

    private FieldSet Combine(FieldSet other, bool keepsCommon)
    {
        var made = new FieldSet { IsMember = IsMember && other.IsMember == keepsCommon };
        foreach (var (element, below) in Below)
        {
            if (other.At(element) is not { } same)
            {
                if (!keepsCommon) made.Put(element, below);
            }
            else if (below.Combine(same, keepsCommon) is { IsEmpty: false } left) made.Put(element, left);
        }
        return made;
    }

    /// <summary>The members of the set, each with the elements that lead to it, in order.</summary>
    public IEnumerable<IReadOnlyList<string>> Paths()
    {
        if (IsMember) yield return [];
        foreach (var (element, below) in Below.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            foreach (var path in below.Paths()) yield return [element, .. path];
        }
    }

    /// <summary>Reads FieldsV1.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static FieldSet Read(JsonObject fields)
    {
        var made = new FieldSet { IsMember = fields.Count == 0 };
        foreach (var (element, value) in fields)
        {
            if (value is not JsonObject below) throw new FormatException($"{element} is not an object");
            if (element == Self) made.IsMember = true;
            else if (element.Length > 2 && element[1] == ':' && element[0] is 'f' or 'k' or 'v' or 'i') made.Put(element, Read(below));
            else throw new FormatException($"{element} is no path element");
        }
        return made;
    }

    /// <summary>As <see cref="Read"/>, of a whole object: nothing is the empty set.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static FieldSet ReadRoot(JsonObject fields)
    {
        var made = Read(fields);
        made.IsMember = false;
        return made;
    }

    /// <summary>Writes FieldsV1, elements in order.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        if (_below is { Count: > 0 })
        {
            if (IsMember)
            {
                writer.WriteStartObject(Self);
                writer.WriteEndObject();
            }
            foreach (var (element, below) in _below.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                writer.WritePropertyName(element);
                below.Write(writer);
            }
        }
        writer.WriteEndObject();
    }

    /// <inheritdoc/>
    public bool Equals(FieldSet? other)
    {
        if (other is null || IsMember != other.IsMember || Below.Count != other.Below.Count) return false;
        foreach (var (element, below) in Below)
        {
            if (!below.Equals(other.At(element))) return false;
        }
        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FieldSet);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(IsMember, Below.Count);
}
