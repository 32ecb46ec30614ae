using System.Text.Json.Nodes;
using ControlPlane.Objects;
using CsCheck;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Catalogue;

public sealed class ConversionTests
{
    private static readonly Gen<JsonObject> Metric = Gen.OneOf(
        Gen.Int[1, 100].Select(value => Parse($$$$"""{"type":"Resource","resource":{"name":"memory","target":{"type":"Utilization","averageUtilization":{{{{value}}}}}}}""")),
        Gen.Int[1, 100].Select(value => Parse($$$$"""{"type":"Resource","resource":{"name":"cpu","target":{"type":"AverageValue","averageValue":"{{{{value}}}}m"}}}""")),
        Gen.Int[1, 100].Select(value => Parse($$$$"""{"type":"Pods","pods":{"metric":{"name":"m"},"target":{"type":"AverageValue","averageValue":"{{{{value}}}}"}}}""")));

    private static readonly Gen<JsonObject> Autoscaler =
        from metrics in Metric.List[0, 3]
        from cpu in Gen.Int[0, 100]
        from at in Gen.Int[0, 3]
        from behavior in Gen.Bool
        from annotated in Gen.Bool
        from status in Gen.Bool
        select Make(metrics, cpu, at, behavior, annotated, status);

    [Fact]
    public void Autoscaler_v2_to_v1_and_back_is_the_same_object() => Autoscaler.Sample(v2 =>
    {
        var kind = TestCatalogue.Default.Find("autoscaling", "v1", "horizontalpodautoscalers")!;
        var back = ToStorage(kind, FromStorage(kind, v2.DeepClone().AsObject()));
        return JsonNode.DeepEquals(v2, back);
    });

    [Fact]
    public void Autoscaler_v1_shows_the_cpu_target_and_keeps_the_rest_in_annotations()
    {
        var kind = TestCatalogue.Default.Find("autoscaling", "v1", "horizontalpodautoscalers")!;
        var v1 = FromStorage(kind, Make([Parse("""{"type":"Pods","pods":{}}""")], 50, 1, true, false, true));
        Assert.Equal("autoscaling/v1", (string?)v1["apiVersion"]);
        Assert.Equal(50, (int?)v1["spec"]!["targetCPUUtilizationPercentage"]);
        Assert.Null(v1["spec"]!["metrics"]);
        Assert.Null(v1["spec"]!["behavior"]);
        Assert.Contains("Pods", (string?)v1["metadata"]!["annotations"]!["autoscaling.alpha.kubernetes.io/metrics"], StringComparison.Ordinal);
    }

    [Fact]
    public void Autoscaler_v1_change_of_the_cpu_target_reaches_v2_beside_other_metrics()
    {
        var kind = TestCatalogue.Default.Find("autoscaling", "v1", "horizontalpodautoscalers")!;
        var v1 = FromStorage(kind, Make([Parse("""{"type":"Pods","pods":{}}""")], 50, 0, false, false, false));
        v1["spec"]!["targetCPUUtilizationPercentage"] = 80;
        var v2 = ToStorage(kind, v1);
        Assert.Equal(80, (int?)v2["spec"]!["metrics"]![0]!["resource"]!["target"]!["averageUtilization"]);
        Assert.Equal("Pods", (string?)v2["spec"]!["metrics"]![1]!["type"]);
    }

    [Fact]
    public void Autoscaler_v1_with_foreign_text_in_the_annotation_is_read_without_it()
    {
        var kind = TestCatalogue.Default.Find("autoscaling", "v1", "horizontalpodautoscalers")!;
        var v2 = ToStorage(kind, Parse("""
            {"apiVersion":"autoscaling/v1","metadata":{"annotations":{"autoscaling.alpha.kubernetes.io/metrics":"{nonsense"}},"spec":{"maxReplicas":3}}
            """));
        Assert.Null(v2["spec"]!["metrics"]);
    }

    [Fact]
    public void Event_of_the_events_group_is_a_core_event_with_other_names()
    {
        var kind = TestCatalogue.Default.Find("events.k8s.io", "v1", "events")!;
        var text = """
            {"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"e"},"regarding":{"name":"p"},"note":"hello","deprecatedSource":{"host":"n"},
            "deprecatedCount":2,"deprecatedFirstTimestamp":"2024-01-01T00:00:00Z","deprecatedLastTimestamp":"2024-01-01T00:00:01Z","reportingController":"c","series":{"count":3}}
            """;
        var core = ToStorage(kind, Parse(text));
        Assert.Equal("v1", (string?)core["apiVersion"]);
        Assert.Equal("hello", (string?)core["message"]);
        Assert.Equal("p", (string?)core["involvedObject"]!["name"]);
        Assert.Equal(2, (int?)core["count"]);
        Assert.Equal("c", (string?)core["reportingComponent"]);
        Assert.True(JsonNode.DeepEquals(Parse(text), FromStorage(kind, core)));
    }

    [Fact]
    public async Task Batch_is_converted_in_its_order()
    {
        var kind = TestCatalogue.Default.Find("events.k8s.io", "v1", "events")!;
        var converted = await kind.FromStorage([.. Enumerable.Range(0, 5).Select(i => Parse($$$$"""{"apiVersion":"v1","kind":"Event","message":"{{{{i}}}}"}"""))]);
        Assert.Equal(["0", "1", "2", "3", "4"], converted.Select(tree => (string?)tree["note"]));
        Assert.All(converted, tree => Assert.Equal("events.k8s.io/v1", (string?)tree["apiVersion"]));
    }

    private static JsonObject Make(List<JsonObject> metrics, int cpu, int at, bool behavior, bool annotated, bool status)
    {
        var list = new JsonArray([.. metrics.Select(metric => metric.DeepClone())]);
        if (cpu > 0)
        {
            list.Insert(Math.Min(at, list.Count), Parse($$$$"""{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":{{{{cpu}}}}}}}"""));
        }
        var metadata = Parse("""{"name":"a"}""");
        if (annotated) metadata["annotations"] = Parse("""{"k":"v"}""");
        var spec = Parse("""{"maxReplicas":3}""");
        if (list.Count > 0) spec["metrics"] = list;
        if (behavior) spec["behavior"] = Parse("""{"scaleDown":{"stabilizationWindowSeconds":5}}""");
        var made = new JsonObject { ["apiVersion"] = "autoscaling/v2", ["kind"] = "HorizontalPodAutoscaler", ["metadata"] = metadata, ["spec"] = spec };
        if (status)
        {
            made["status"] = Parse("""
                {"desiredReplicas":1,"conditions":[{"type":"AbleToScale"}],
                "currentMetrics":[{"type":"Resource","resource":{"name":"cpu","current":{"averageUtilization":7,"averageValue":"1m"}}}]}
                """);
        }
        return made;
    }

    /// <summary>What is built in needs nobody's answer.</summary>
    private static JsonObject ToStorage(KindDefinition kind, JsonObject tree) => AtOnce(kind.ToStorage([tree]));

    private static JsonObject FromStorage(KindDefinition kind, JsonObject tree) => AtOnce(kind.FromStorage([tree]));

    private static JsonObject AtOnce(ValueTask<IReadOnlyList<JsonObject>> conversion)
    {
        Assert.True(conversion.IsCompletedSuccessfully);
        return Assert.Single(conversion.GetAwaiter().GetResult());
    }

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
