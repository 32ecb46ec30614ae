using System.Collections.Immutable;
using System.Reflection;
using ControlPlane.Catalogue.Schemas;
using ControlPlane.Objects;
using k8s.Models;

namespace ControlPlane.Catalogue;

/// <summary>
/// The words kinds are declared in. Group, version, kind, plural and schema come from the model and its
/// <see cref="KubernetesEntityAttribute"/>; a declaration adds what the model cannot tell.
/// </summary>
internal static class KindOf
{
    /// <summary>The category of what <c>kubectl get all</c> shows.</summary>
    public static readonly ImmutableArray<string> All = ["all"];

    /// <summary>The category of kinds that extend the API.</summary>
    public static readonly ImmutableArray<string> ApiExtensions = ["api-extensions"];

    /// <summary>The verbs of a subresource that is a part of its parent.</summary>
    public static readonly ImmutableArray<string> ReadAndWrite = ["get", "patch", "update"];

    public static readonly ImmutableArray<string> CreateOnly = ["create"];

    /// <summary>A stored kind whose objects live in namespaces.</summary>
    public static KindDefinition Namespaced<TModel>(params ImmutableArray<string> shortNames) => Read<TModel>(true) with { ShortNames = shortNames };

    /// <summary>A stored kind whose objects belong to the cluster.</summary>
    public static KindDefinition Cluster<TModel>(params ImmutableArray<string> shortNames) => Read<TModel>(false) with { ShortNames = shortNames };

    /// <summary>A question or an order that is answered and not kept.</summary>
    public static KindDefinition Request<TModel>(string plural, bool namespaced = false) =>
        Read<TModel>(namespaced) with { Plural = plural, Verbs = CreateOnly, Stored = false };

    /// <summary>A subresource with a model of its own as its body.</summary>
    public static SubresourceDefinition Sub<TBody>(string name, params ImmutableArray<string> verbs)
    {
        var entity = Entity(typeof(TBody));
        return new(name, entity.Group, entity.ApiVersion, entity.Kind, ModelSchemas.Of<TBody>(), verbs);
    }

    /// <summary>A subresource that is a stream rather than an object; <paramref name="kind"/> names its options.</summary>
    public static SubresourceDefinition Stream(string name, string kind, params ImmutableArray<string> verbs) => new(name, "", "v1", kind, null, verbs);

    private static KindDefinition Read<TModel>(bool namespaced)
    {
        var entity = Entity(typeof(TModel));
        return new()
        {
            Group = entity.Group,
            Version = entity.ApiVersion,
            Kind = entity.Kind,
            Plural = entity.PluralName ?? "",
            Namespaced = namespaced,
            Schema = ModelSchemas.Of<TModel>(),
            ListSchema = ModelSchemas.ListOf(typeof(TModel)),
        };
    }

    private static KubernetesEntityAttribute Entity(Type model) =>
        model.GetCustomAttribute<KubernetesEntityAttribute>() ?? throw new ArgumentException($"{model.Name} is not the model of a kind.", nameof(model));
}
