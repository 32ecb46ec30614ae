using System.Collections.Immutable;
using ControlPlane.Objects.Schemas;

namespace ControlPlane.Catalogue.OpenApi;

/// <summary>A named schema.</summary>
internal sealed record ApiDefinition(string Name, Schema Schema);

/// <summary>Finds the named schemas a document needs.</summary>
internal static class ApiDefinitions
{
    /// <summary>Every named schema of a catalogue, by name.</summary>
    public static ImmutableArray<ApiDefinition> All(DefinitionNames names) => Of(names.Schemas, names);

    /// <summary>The named schemas that some kinds and their operations need, by name.</summary>
    public static ImmutableArray<ApiDefinition> For(GroupVersionKinds version, DefinitionNames names)
    {
        var needed = new HashSet<Schema>(ReferenceEqualityComparer.Instance);
        foreach (var common in DefinitionNames.Common) Need(common);
        foreach (var kind in version.Kinds)
        {
            Need(kind.Schema);
            if (kind.ListSchema is { } list) Need(list);
            foreach (var subresource in kind.Subresources)
            {
                if (subresource.Body is not null) Need(subresource.Body);
            }
        }
        return Of(needed.Where(schema => schema.Identity is not null), names);

        void Need(Schema schema)
        {
            if (!needed.Add(schema)) return;
            if (schema.Items is { } items) Need(items);
            foreach (var field in schema.Fields) Need(field.Schema);
        }
    }

    private static ImmutableArray<ApiDefinition> Of(IEnumerable<Schema> schemas, DefinitionNames names) =>
        [.. schemas.Select(schema => new ApiDefinition(names[schema], schema)).OrderBy(definition => definition.Name, StringComparer.Ordinal)];
}
