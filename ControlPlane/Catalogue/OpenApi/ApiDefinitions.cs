using System.Collections.Immutable;
using System.Reflection;
using ControlPlane.Catalogue.Schemas;
using k8s.Models;

namespace ControlPlane.Catalogue.OpenApi;

/// <summary>A named schema.</summary>
/// <param name="Kind">The kind the model is of; null for a part of one.</param>
internal sealed record ApiDefinition(string Name, ModelSchema Schema, ApiKind? Kind);

/// <summary>The schemas that are not objects with fields, under the names Kubernetes has for them.</summary>
internal static class ApiDefinitions
{
    public const string IntOrString = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
    public const string Quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
    public const string Time = "io.k8s.apimachinery.pkg.apis.meta.v1.Time";
    public const string Any = "io.k8s.apimachinery.pkg.runtime.RawExtension";

    /// <summary>Every model of a catalogue, by name.</summary>
    public static ImmutableArray<ApiDefinition> All(ModelNames names) => [.. Of(names.Models, names)];

    /// <summary>The models that some kinds and their operations need, by name.</summary>
    public static ImmutableArray<ApiDefinition> For(GroupVersionKinds version, ModelNames names)
    {
        var needed = new HashSet<Type>();
        Need(typeof(V1DeleteOptions));
        Need(typeof(V1Status));
        foreach (var kind in version.Kinds)
        {
            Need(kind.Model);
            if (ModelNames.ListOf(kind.Model) is { } list) Need(list);
            foreach (var subresource in kind.Subresources)
            {
                if (subresource.Model is not null) Need(subresource.Model);
            }
        }
        return [.. Of(needed, names)];

        void Need(Type model)
        {
            if (!needed.Add(model)) return;
            foreach (var field in ModelSchema.Of(model).Fields)
            {
                var schema = field.Schema;
                while (schema.Items is not null) schema = schema.Items;
                if (schema.Type == SchemaType.Object) Need(schema.Model!);
            }
        }
    }

    /// <summary>The name a schema is referred to by; null if it is written in place.</summary>
    public static string? Reference(ModelSchema schema, ModelNames names) => schema.Type switch
    {
        SchemaType.Object => names[schema.Model!],
        SchemaType.IntOrString => IntOrString,
        SchemaType.Quantity => Quantity,
        SchemaType.DateTime => Time,
        SchemaType.Any => Any,
        _ => null,
    };

    /// <summary>The OpenAPI type and format of a scalar; the format may be empty.</summary>
    public static (string Type, string Format) Scalar(SchemaType type) => type switch
    {
        SchemaType.Boolean => ("boolean", ""),
        SchemaType.Int32 => ("integer", "int32"),
        SchemaType.Int64 => ("integer", "int64"),
        SchemaType.Number => ("number", "double"),
        SchemaType.Bytes => ("string", "byte"),
        _ => ("string", ""),
    };

    /// <summary>The <c>x-kubernetes-</c> extensions of a field, as names and JSON values.</summary>
    public static IEnumerable<(string Name, string Json)> Extensions(FieldSemantic semantic, bool isMap)
    {
        if (!semantic.ListMapKeys.IsDefaultOrEmpty)
        {
            yield return ("x-kubernetes-list-map-keys", $"[{string.Join(',', semantic.ListMapKeys.Select(key => $"\"{key}\""))}]");
        }
        if (semantic.ListType is { } list) yield return ("x-kubernetes-list-type", $"\"{list}\"");
        if ((isMap ? semantic.MapType : semantic.StructType ?? semantic.MapType) is { } map) yield return ("x-kubernetes-map-type", $"\"{map}\"");
        if (semantic.PatchMergeKey is { } key) yield return ("x-kubernetes-patch-merge-key", $"\"{key}\"");
        if (semantic.PatchStrategy is { } strategy) yield return ("x-kubernetes-patch-strategy", $"\"{strategy}\"");
    }

    /// <summary>A kind as the JSON value of an extension.</summary>
    public static string Json(ApiKind kind) => $"{{\"group\":\"{kind.Group}\",\"kind\":\"{kind.Kind}\",\"version\":\"{kind.Version}\"}}";

    private static IEnumerable<ApiDefinition> Of(IEnumerable<Type> models, ModelNames names) => models
        .Select(model => new ApiDefinition(names[model], ModelSchema.Of(model), KindOf(model)))
        .OrderBy(definition => definition.Name, StringComparer.Ordinal);

    private static ApiKind? KindOf(Type model) =>
        model.GetCustomAttribute<KubernetesEntityAttribute>() is { } entity ? new(entity.Group, entity.ApiVersion, entity.Kind) : null;
}
