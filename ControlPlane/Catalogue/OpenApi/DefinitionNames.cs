using System.Collections.Frozen;
using ControlPlane.Catalogue.Schemas;
using ControlPlane.Objects.Schemas;
using k8s.Models;

namespace ControlPlane.Catalogue.OpenApi;

/// <summary>
/// The names OpenAPI has for the schemas of a catalogue, e.g. <c>io.k8s.api.apps.v1.DeploymentSpec</c>. Where a schema's identity leaves the group
/// out, it is that of the first kind, core before others, that contains the schema.
/// </summary>
internal sealed class DefinitionNames
{
    /// <summary>Types of meta/v1 that no table of merge semantics names.</summary>
    private static readonly FrozenSet<string> Meta = FrozenSet.Create(
        "Condition", "DeleteOptions", "FieldSelectorRequirement", "LabelSelectorRequirement", "ListMeta", "ManagedFieldsEntry", "ObjectMeta",
        "OwnerReference", "Preconditions", "Status", "StatusCause", "StatusDetails", "GroupResource");

    private readonly Dictionary<Schema, string> _names = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Schema> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    public DefinitionNames(CatalogueSnapshot catalogue)
    {
        foreach (var kind in catalogue.All.OrderBy(kind => kind.Group.Length > 0)) Visit(kind.Schema, kind.Group, kind.Version);
        foreach (var kind in catalogue.All)
        {
            if (kind.ListSchema is { } list) Visit(list, kind.Group, kind.Version);
            foreach (var sub in kind.Subresources)
            {
                if (sub.Body is not null) Visit(sub.Body, sub.Group, sub.Version);
            }
        }
        foreach (var common in Common) Visit(common, "", "v1");
    }

    /// <summary>What operations of any kind refer to: options of deletions, statuses and patches.</summary>
    public static Schema[] Common { get; } = [DeleteOptions, Status, Patch];

    public static Schema DeleteOptions => ModelSchemas.Of<V1DeleteOptions>();
    public static Schema Status => ModelSchemas.Of<V1Status>();
    public static Schema Patch => ModelSchemas.Of<V1Patch>();

    /// <summary>The definition's name of a schema that has an identity.</summary>
    public string this[Schema schema] => _names[schema];

    /// <summary>Every schema that has a name.</summary>
    public IEnumerable<Schema> Schemas => _names.Keys;

    private void Visit(Schema schema, string group, string version)
    {
        if (!_seen.Add(schema)) return;
        if (schema.Identity is { } identity) _names[schema] = Unique(Name(identity, group, version));
        if (schema.Items is { } items) Visit(items, group, version);
        foreach (var field in schema.Fields) Visit(field.Schema, group, version);
    }

    /// <summary>Two schemas may not share a name, whatever the rules made of them.</summary>
    private string Unique(string name)
    {
        var unique = name;
        for (var number = 2; !_taken.Add(unique); number++) unique = $"{name}_{number}";
        return unique;
    }

    private static string Name(SchemaIdentity identity, string group, string version)
    {
        if (identity.DefinitionName is { } full) return full;
        if (Meta.Contains(identity.Name) || identity.GroupVersion == "meta/v1") return $"io.k8s.apimachinery.pkg.apis.meta.v1.{identity.Name}";
        var (shortGroup, ownVersion) = identity switch
        {
            { Kind: { } kind } => (Short(kind.Group), kind.Version),
            { GroupVersion: { } table } when table.Split('/') is [var first, var second] => (first, second),
            _ => (Short(group), version),
        };
        return shortGroup switch
        {
            "apiextensions" => $"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.{ownVersion}.{identity.Name}",
            "apiregistration" => $"io.k8s.kube-aggregator.pkg.apis.apiregistration.{ownVersion}.{identity.Name}",
            _ => $"io.k8s.api.{shortGroup}.{ownVersion}.{identity.Name}",
        };
    }

    private static string Short(string group) => group.Length == 0 ? "core" : group.Split('.')[0];
}
