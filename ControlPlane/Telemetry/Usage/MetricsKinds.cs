using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
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
    private static readonly OwnKinds Kinds = new("metrics.k8s.io", "v1beta1", "io.k8s.metrics.pkg.apis.metrics.v1beta1");
    private static readonly Schema Text = new(SchemaType.String);
    private static readonly SchemaField Usage = OwnKinds.Field("usage", new(SchemaType.Map, ModelSchemas.Of<ResourceQuantity>()), "How much of each resource was used.");

    public static KindDefinition Nodes { get; } = Kind("NodeMetrics", "nodes", namespaced: false, "What a node uses.", Usage, node => [node]);

    public static KindDefinition Pods { get; } = Kind(
        "PodMetrics", "pods", namespaced: true, "What a pod uses.",
        OwnKinds.Field("containers", new(SchemaType.Array, Kinds.Part("ContainerMetrics", "What a container uses.", OwnKinds.Field("name", Text, "The container's name."), Usage)), "What each container uses."),
        pod => pod.Objects("containers"));

    /// <param name="used">What has a <c>usage</c>, the sum of which is shown.</param>
    private static KindDefinition Kind(string kind, string plural, bool namespaced, string description, SchemaField own, Func<JsonObject, IEnumerable<JsonObject>> used) =>
        Kinds.Answered(
            kind, plural, namespaced, description, OwnKinds.Field("timestamp", ModelSchemas.Of<DateTime>(), "When it was measured."), OwnKinds.Field("window", Text, "Over which time, up to then."), own) with
        {
            Columns =
            [
                Column.Name,
                new("cpu", "string", row => Quantities.OfNano(used(row.Object).Sum(one => Quantities.TryParseNano(one.Text("usage", "cpu"), out var nano) ? nano : 0)), Format: "quantity"),
                new("memory", "string", row => Quantities.OfBytes(used(row.Object).Sum(one => Quantities.TryParseValue(one.Text("usage", "memory"), out var bytes) ? bytes : 0)), Format: "quantity"),
                new("Window", "string", row => row.Object.Text("window"), Format: "duration"),
            ],
        };
}
