using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json.Serialization;
using ControlPlane.Objects.Schemas;
using k8s.Models;

namespace ControlPlane.Catalogue.Schemas;

/// <summary>Makes schemas of the <c>KubernetesClient</c> classes: by reflection, once per type, each when it is first looked at.</summary>
public static class ModelSchemas
{
    private static readonly ConcurrentDictionary<Type, Schema> Known = new();

    /// <summary>The schema of a model.</summary>
    public static Schema Of<TModel>() => Of(typeof(TModel));

    /// <summary>The schema of a model, or of a type a model's property has.</summary>
    public static Schema Of(Type type)
    {
        if (Known.TryGetValue(type, out var known)) return known;
        return Known.GetOrAdd(type, Read(type));
    }

    /// <summary>The schema of a kind's lists; null if the models have none.</summary>
    public static Schema? ListOf(Type model) => model.Assembly.GetType($"{model.FullName}List") is { } list ? Of(list) : null;

    private static Schema Read(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return new(SchemaType.String);
        if (type == typeof(bool)) return new(SchemaType.Boolean);
        if (type == typeof(int)) return new(SchemaType.Int32);
        if (type == typeof(long)) return new(SchemaType.Int64);
        if (type == typeof(double)) return new(SchemaType.Number);
        if (type == typeof(DateTime)) return Named(SchemaType.DateTime, "Time", "io.k8s.apimachinery.pkg.apis.meta.v1.Time");
        if (type == typeof(byte[])) return new(SchemaType.Bytes);
        if (type == typeof(ResourceQuantity)) return Named(SchemaType.Quantity, "Quantity", "io.k8s.apimachinery.pkg.api.resource.Quantity");
        if (type == typeof(IntOrString)) return Named(SchemaType.IntOrString, "IntOrString", "io.k8s.apimachinery.pkg.util.intstr.IntOrString", "int32");
        if (type == typeof(V1Patch)) return Named(SchemaType.Any, "Patch", "io.k8s.apimachinery.pkg.apis.meta.v1.Patch");
        if (type == typeof(object)) return Named(SchemaType.Any, "RawExtension", "io.k8s.apimachinery.pkg.runtime.RawExtension");
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IList<>)) return new(SchemaType.Array, Of(type.GetGenericArguments()[0]));
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IDictionary<,>)) return new(SchemaType.Map, Of(type.GetGenericArguments()[1]));
        return new(SchemaType.Object, fields: () => Fields(type), identity: () => Identity(type), semantic: () => FieldSemantics.OfStruct(type)) { DescribedBy = () => ModelDescriptions.Of(type) };
    }

    private static Schema Named(SchemaType type, string name, string definition, string format = "") =>
        new(type, identity: () => new(name, null, DefinitionName: definition)) { Format = format };

    private static ImmutableArray<SchemaField> Fields(Type model) =>
    [
        .. from property in model.GetProperties(BindingFlags.Public | BindingFlags.Instance)
           let name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name
           where name is not null
           orderby name
           let required = property.PropertyType.IsValueType && Nullable.GetUnderlyingType(property.PropertyType) is null
           let semantic = Semantic(model, name)
           select new SchemaField(name, Of(property.PropertyType), required, semantic) { Default = Default(semantic), Description = () => ModelDescriptions.Of(property) },
    ];

    /// <summary>The API types embed the members of an ephemeral container; the client's model spells them out.</summary>
    private static FieldSemantic Semantic(Type model, string field) =>
        model == typeof(V1EphemeralContainer) ? FieldSemantics.For("core/v1", "EphemeralContainerCommon", field) : FieldSemantics.For(model, field);

    /// <summary>A zero is what an absent field means anyway; a reference names a constant of the API types, which is not known here.</summary>
    private static string? Default(FieldSemantic semantic) =>
        semantic.Default is null or "\"\"" or "0" or "false" || semantic.Default.StartsWith("ref(", StringComparison.Ordinal) ? null : semantic.Default;

    private static SchemaIdentity Identity(Type model)
    {
        var (table, name) = FieldSemantics.Resolve(model);
        if (model.GetCustomAttribute<KubernetesEntityAttribute>() is not { } entity) return new(name, table);
        var group = model == typeof(V1DeleteOptions) ? "meta" : entity.Group.Length == 0 ? "core" : entity.Group.Split('.')[0];
        return new(name, table, new(entity.Group, entity.ApiVersion, entity.Kind), $"{group}/{entity.ApiVersion}.{entity.Kind}");
    }
}
