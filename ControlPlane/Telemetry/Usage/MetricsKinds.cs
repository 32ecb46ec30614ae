using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Catalogue.Schemas;
using ControlPlane.Objects;
using ControlPlane.Objects.Schemas;
using k8s.Models;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Telemetry.Usage;

/// <summary>What <c>kubectl top</c> asks for: the use of nodes and pods at this moment. Answered from the <see cref="UsageTable"/>, not kept.</summary>
internal static class MetricsKinds
{
    private const string Group = "metrics.k8s.io";
    private const string Version = "v1beta1";
    private const string Definitions = "io.k8s.metrics.pkg.apis.metrics.v1beta1";
    private static readonly Schema Text = new(SchemaType.String);
    private static readonly Schema Usage = new(SchemaType.Map, ModelSchemas.Of<ResourceQuantity>());

    public static KindDefinition Nodes { get; } = Kind("NodeMetrics", "nodes", namespaced: false, [Field("usage", Usage)], node => [node]);

    public static KindDefinition Pods { get; } = Kind(
        "PodMetrics", "pods", namespaced: true, [Field("containers", new(SchemaType.Array, Named("ContainerMetrics", [Field("name", Text), Field("usage", Usage)])))], pod => pod.Objects("containers"));

    /// <param name="used">What has a <c>usage</c>, the sum of which is shown.</param>
    private static KindDefinition Kind(string kind, string plural, bool namespaced, SchemaField[] own, Func<JsonObject, IEnumerable<JsonObject>> used)
    {
        SchemaField[] fields = [Field("timestamp", ModelSchemas.Of<DateTime>()), Field("window", Text), .. own];
        var schema = Named(kind, StructuralSchema.WithTypeAndMetadata(fields, ModelSchemas.Of<V1ObjectMeta>()), isKind: true);
        return new()
        {
            Group = Group,
            Version = Version,
            Kind = kind,
            Plural = plural,
            Namespaced = namespaced,
            Schema = schema,
            ListSchema = Named($"{kind}List", StructuralSchema.WithTypeAndMetadata([Field("items", new(SchemaType.Array, schema))], ModelSchemas.Of<V1ListMeta>()), isKind: true),
            Verbs = ["get", "list"],
            Stored = false,
            Columns =
            [
                Column.Name,
                new("cpu", "string", row => Quantities.OfNano(used(row.Object).Sum(one => Quantities.TryParseNano(one.Text("usage", "cpu"), out var nano) ? nano : 0)), Format: "quantity"),
                new("memory", "string", row => Quantities.OfBytes(used(row.Object).Sum(one => Quantities.TryParseValue(one.Text("usage", "memory"), out var bytes) ? bytes : 0)), Format: "quantity"),
                new("Window", "string", row => row.Object.Text("window"), Format: "duration"),
            ],
        };
    }

    private static Schema Named(string name, ImmutableArray<SchemaField> fields, bool isKind = false) =>
        new(SchemaType.Object, fields: () => fields, identity: () => new(name, null, isKind ? new(Group, Version, name) : null, DefinitionName: $"{Definitions}.{name}"));

    private static SchemaField Field(string name, Schema schema) => new(name, schema, true, FieldSemantic.None);
}
