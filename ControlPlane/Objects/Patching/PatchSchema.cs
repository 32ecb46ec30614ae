using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using ControlPlane.Objects.Schemas;

namespace ControlPlane.Objects.Patching;

/// <summary>What a strategic merge patch needs to know of a schema: for each JSON member, how it merges and what lies below it.</summary>
internal sealed class PatchSchema
{
    private static readonly ConditionalWeakTable<Schema, PatchSchema> Known = [];
    private readonly Lazy<FrozenDictionary<string, PatchField>> _fields;
    private readonly PatchField _everyField;

    private PatchSchema(Func<FrozenDictionary<string, PatchField>> fields) =>
        (_fields, _everyField) = (new(fields), new(() => Untyped!, false, false, ""));

    private PatchSchema(PatchField everyField) =>
        (_fields, _everyField) = (new(FrozenDictionary<string, PatchField>.Empty), everyField);

    /// <summary>Of JSON without a schema: objects merge, lists are replaced.</summary>
    public static PatchSchema Untyped { get; } = new(() => FrozenDictionary<string, PatchField>.Empty);

    /// <summary>Of an object or a map of them; <see cref="Untyped"/> for anything else. Made once per schema.</summary>
    public static PatchSchema Of(Schema schema) => schema.Type switch
    {
        SchemaType.Map => Known.GetValue(schema, static map => new(new PatchField(() => Of(map.Items!), false, false, ""))),
        SchemaType.Object => Known.GetValue(schema, static @object => new(() => Read(@object))),
        _ => Untyped,
    };

    /// <summary>How the member of this name merges.</summary>
    public PatchField Field(string name) => _fields.Value.TryGetValue(name, out var field) ? field : _everyField;

    private static FrozenDictionary<string, PatchField> Read(Schema schema) => schema.Fields.ToFrozenDictionary(field => field.Name, field =>
    {
        var below = field.Schema is { Type: SchemaType.Array, Items: { } items } ? items : field.Schema;
        return new PatchField(() => Of(below), field.Semantic.MergesLists, field.Semantic.Replaces, field.Semantic.PatchMergeKey ?? "") { OtherKeys = OtherKeys(field.Semantic, below) };
    });

    private static ImmutableArray<ListKey> OtherKeys(FieldSemantic semantic, Schema items) => semantic.PatchMergeKey is { } first && semantic.ListMapKeys.Contains(first)
        ? [.. semantic.ListMapKeys.Where(key => key != first).Select(key => new ListKey(key, items.Field(key)?.Default))]
        : [];
}

/// <summary>How one member merges.</summary>
/// <param name="Below">The schema of the member's object, or of its list's items.</param>
/// <param name="MergesList">Whether a list is merged item by item instead of being replaced.</param>
/// <param name="Replaces">Whether an object is replaced instead of being merged.</param>
/// <param name="MergeKey">The member by which items of a merged list are told apart; "" for a list of scalars.</param>
internal sealed record PatchField(Func<PatchSchema> Below, bool MergesList, bool Replaces, string MergeKey)
{
    /// <summary>The further members that tell items apart, where the merge key alone does not.</summary>
    public ImmutableArray<ListKey> OtherKeys { get; init; } = [];
}

/// <summary>A member that, with others, tells the items of a list apart.</summary>
/// <param name="Name">The member.</param>
/// <param name="Default">What an item without it has, as JSON text; null for nothing.</param>
internal sealed record ListKey(string Name, string? Default)
{
    private readonly JsonNode? _default = Default is null ? null : JsonNode.Parse(Default);

    /// <summary>Whether an item has this value.</summary>
    public bool Is(JsonObject item, JsonNode? value) => JsonNode.DeepEquals(item[Name] ?? _default, value);

    /// <summary>Whether an item has what one has that does not say.</summary>
    public bool IsDefault(JsonObject item) => Is(item, _default);
}
