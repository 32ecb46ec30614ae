using System.Collections.Immutable;
using System.Numerics;
using System.Text;

namespace ControlPlane.Objects.Schemas;

/// <summary>Finds a field by its UTF-8 name without making a string: a hash table over length and outer bytes, made once per schema.</summary>
internal sealed class FieldTable
{
    /// <summary>No field's name is longer, in characters.</summary>
    private const int LongestName = 128;

    private readonly (byte[] Name, SchemaField Field)[][] _buckets;
    private readonly uint _mask;

    public FieldTable(ImmutableArray<SchemaField> fields)
    {
        All = fields;
        var size = BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, fields.Length * 2));
        _mask = size - 1;
        _buckets = new (byte[], SchemaField)[size][];
        foreach (var bucket in fields.Select(field => (Name: Encoding.UTF8.GetBytes(field.Name), field)).GroupBy(entry => Hash(entry.Name) & _mask))
        {
            _buckets[bucket.Key] = [.. bucket];
        }
    }

    public ImmutableArray<SchemaField> All { get; }

    public SchemaField? Find(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || _buckets[Hash(name) & _mask] is not { } bucket) return null;
        foreach (var (known, field) in bucket)
        {
            if (name.SequenceEqual(known)) return field;
        }
        return null;
    }

    /// <summary>As <see cref="Find(ReadOnlySpan{byte})"/>, for a name that is a string already.</summary>
    public SchemaField? Find(string name)
    {
        if (name.Length > LongestName) return null;
        Span<byte> utf8 = stackalloc byte[LongestName * 3];
        return Find(utf8[..Encoding.UTF8.GetBytes(name, utf8)]);
    }

    private static uint Hash(ReadOnlySpan<byte> name) =>
        (uint)name.Length * 0x9E3779B1u ^ (uint)name[0] * 0x85EBCA6Bu ^ (uint)name[^1] * 0xC2B2AE35u ^ (uint)name[name.Length / 2] * 0x27D4EB2Fu;
}
