using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json.Serialization;
using ControlPlane.Catalogue;
using k8s.Models;

namespace ControlPlane.Objects.Patching;

/// <summary>What a strategic merge patch needs to know of a model: for each JSON member, how it merges and what lies below it.</summary>
internal sealed class PatchSchema
{
    private static readonly ConcurrentDictionary<Type, PatchSchema> Known = new();
    private readonly Lazy<FrozenDictionary<string, PatchField>> _fields;
    private readonly PatchField _everyField;

    private PatchSchema(Func<FrozenDictionary<string, PatchField>> fields) =>
        (_fields, _everyField) = (new(fields), new(() => Untyped!, false, false, ""));

    private PatchSchema(PatchField everyField) =>
        (_fields, _everyField) = (new(FrozenDictionary<string, PatchField>.Empty), everyField);

    /// <summary>Of JSON without a model: objects merge, lists are replaced.</summary>
    public static PatchSchema Untyped { get; } = new(() => FrozenDictionary<string, PatchField>.Empty);

    /// <summary>The schema of a client model, a map of models, or <see cref="Untyped"/> for anything else.</summary>
    public static PatchSchema Of(Type type) => Known.GetOrAdd(type, static type =>
    {
        if (Element(type, typeof(IDictionary<,>), 1) is { } values) return new(new PatchField(() => Of(values), false, false, ""));
        return type.Namespace == "k8s.Models" && type.IsClass ? new PatchSchema(() => Read(type)) : Untyped;
    });

    /// <summary>How the member of this name merges.</summary>
    public PatchField Field(string name) => _fields.Value.TryGetValue(name, out var field) ? field : _everyField;

    private static FrozenDictionary<string, PatchField> Read(Type type)
    {
        var fields = new Dictionary<string, PatchField>();
        foreach (var property in type.GetProperties())
        {
            if (property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name is not { } name) continue;
            // The API types embed these members; the client's model spells them out.
            var semantic = type == typeof(V1EphemeralContainer) ? FieldSemantics.For("core/v1", "EphemeralContainerCommon", name) : FieldSemantics.For(type, name);
            var below = Element(property.PropertyType, typeof(IList<>), 0) ?? property.PropertyType;
            fields[name] = new(() => Of(below), semantic.MergesLists, semantic.PatchStrategy?.Split(',').Contains("replace") ?? false, semantic.PatchMergeKey ?? "");
        }
        return fields.ToFrozenDictionary();
    }

    private static Type? Element(Type type, Type generic, int argument) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == generic ? type.GetGenericArguments()[argument] : null;
}

/// <summary>How one member merges.</summary>
/// <param name="Below">The schema of the member's object, or of its list's items.</param>
/// <param name="MergesList">Whether a list is merged item by item instead of being replaced.</param>
/// <param name="Replaces">Whether an object is replaced instead of being merged.</param>
/// <param name="MergeKey">The member by which items of a merged list are told apart; "" for a list of scalars.</param>
internal sealed record PatchField(Func<PatchSchema> Below, bool MergesList, bool Replaces, string MergeKey);
