using System.Collections.Frozen;
using System.Reflection;
using ControlPlane.Catalogue.Schemas;
using ControlPlane.Objects;
using k8s.Models;

namespace ControlPlane.Catalogue.OpenApi;

/// <summary>
/// The names OpenAPI has for the models of a catalogue, e.g. <c>io.k8s.api.apps.v1.DeploymentSpec</c>. The client's class names leave the group
/// out, so it is found from the class's own prefix, from the tables of merge semantics, or from the first kind, core before others, that
/// contains the type.
/// </summary>
internal sealed class ModelNames
{
    /// <summary>Types of meta/v1 that no table of merge semantics names.</summary>
    private static readonly FrozenSet<string> Meta = FrozenSet.Create(
        "Condition", "DeleteOptions", "FieldSelectorRequirement", "LabelSelectorRequirement", "ListMeta", "ManagedFieldsEntry", "ObjectMeta",
        "OwnerReference", "Preconditions", "Status", "StatusCause", "StatusDetails", "GroupResource");

    private readonly Dictionary<Type, string> _names = [];
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    public ModelNames(KindCatalogue catalogue)
    {
        foreach (var kind in catalogue.All.OrderBy(kind => kind.Group.Length > 0)) Visit(kind.Model, kind);
        foreach (var kind in catalogue.All)
        {
            if (ListOf(kind.Model) is { } list) Visit(list, kind);
            foreach (var body in kind.Subresources)
            {
                if (body.Model is not null) Visit(body.Model, kind with { Group = body.Group, Version = body.Version });
            }
        }
        var meta = catalogue.All.FirstOrDefault();
        if (meta is null) return;
        Visit(typeof(V1DeleteOptions), meta);
        Visit(typeof(V1Status), meta);
    }

    /// <summary>The definition name of a model.</summary>
    public string this[Type model] => _names[model];

    /// <summary>Every named model.</summary>
    public IEnumerable<Type> Models => _names.Keys;

    /// <summary>The model of lists of a kind; null if it has none.</summary>
    public static Type? ListOf(Type model) => model.Assembly.GetType($"{model.FullName}List");

    private void Visit(Type model, KindDefinition kind)
    {
        if (_names.ContainsKey(model)) return;
        _names[model] = Unique(Name(model, kind), model);
        foreach (var field in ModelSchema.Of(model).Fields)
        {
            var schema = field.Schema;
            while (schema.Items is not null) schema = schema.Items;
            if (schema.Type == SchemaType.Object) Visit(schema.Model!, kind);
        }
    }

    /// <summary>Two models may not share a name, whatever the rules above made of them.</summary>
    private string Unique(string name, Type model)
    {
        if (_taken.Add(name)) return name;
        var other = $"{name}.{model.Name}";
        _taken.Add(other);
        return other;
    }

    private static string Name(Type model, KindDefinition kind)
    {
        var (table, name) = FieldSemantics.Resolve(model);
        if (Meta.Contains(name) || table == "meta/v1") return $"io.k8s.apimachinery.pkg.apis.meta.v1.{name}";
        var entity = model.GetCustomAttribute<KubernetesEntityAttribute>();
        var group = entity is not null ? Short(entity.Group) : table is not null ? table.Split('/')[0] : Short(kind.Group);
        var version = entity?.ApiVersion ?? table?.Split('/')[1] ?? kind.Version;
        return group switch
        {
            "apiextensions" => $"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.{version}.{name}",
            "apiregistration" => $"io.k8s.kube-aggregator.pkg.apis.apiregistration.{version}.{name}",
            _ => $"io.k8s.api.{group}.{version}.{name}",
        };
    }

    private static string Short(string group) => group.Length == 0 ? "core" : group.Split('.')[0];
}
