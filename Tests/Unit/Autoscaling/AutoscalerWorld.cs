using System.Text.Json.Nodes;
using ControlPlane.Autoscaling;
using ControlPlane.Catalogue;
using ControlPlane.Telemetry.Usage;
using Shared.Api;
using Shared.Json;
using Tests.Support;
using Tests.Unit.Workloads;

namespace Tests.Unit.Autoscaling;

/// <summary>A Deployment with an autoscaler, whose ready pods share a load.</summary>
internal sealed class AutoscalerWorld : IUsage, ICustomMetrics
{
    public static readonly GroupResource Autoscalers = new("autoscaling", "horizontalpodautoscalers");
    public static readonly ObjectKey Scaler = new("autoscaling", "horizontalpodautoscalers", "default", "web");
    public const long Request = 100;

    public AutoscalerWorld(string spec, int replicas = 2, string annotations = "{}", bool requests = true)
    {
        var metrics = new MetricReader(this, this);
        World = new((Autoscalers, new AutoscalerReconciler(new KindCatalogue(TestCatalogue.Default), metrics)));
        var deployment = Samples.Deployment(replicas);
        if (requests) deployment["spec"]!["template"]!["spec"]!["containers"]![0]!["resources"] = JsonNode.Parse($$"""{ "requests": { "cpu": "{{Request}}m", "memory": "100Mi" } }""");
        World.Create(deployment);
        World.Finish();
        World.Create(JsonNode.Parse($$"""
            { "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": { "name": "web", "namespace": "default", "annotations": {{annotations}} },
              "spec": { "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" }, {{spec}} } }
            """)!.AsObject());

        // A while ago, so that nothing is starting.
        World.Pass(TimeSpan.FromMinutes(10));
    }

    public World World { get; }

    /// <summary>Thousandths of a processor that all ready pods use together.</summary>
    public long Load { get; set; }

    /// <summary>Pods of which nothing is known.</summary>
    public HashSet<string> Silent { get; } = [];

    /// <summary>The value of every custom metric; null: nobody serves them.</summary>
    public long? Custom { get; set; }

    public long Replicas => (long)World.Tree(Samples.Web)["spec"]!["replicas"]!;
    public JsonObject Status => World.Tree(Scaler).Child("status")!;

    public PodUsage? OfPod(string uid)
    {
        var ready = World.ActivePods.Where(pod => pod.Header.Ready).ToArray();
        if (ready.FirstOrDefault(pod => pod.Uid == uid) is not { } found || Silent.Contains(found.Key.Name)) return null;
        return new(World.Now, TimeSpan.FromSeconds(15), [new("c", Load * 1_000_000 / ready.Length, 50 << 20)]);
    }

    (CustomMetricAnswer? Answer, string Fault) ICustomMetrics.Find(CustomMetricQuery query) => Custom is not { } value
        ? NoCustomMetrics.Instance.Find(query)
        : (new(World.ActivePods.ToDictionary(pod => pod.Key.Name, _ => new PodValue(value, World.Now, TimeSpan.FromSeconds(15))), value), "");

    /// <summary>Lets time pass, with a look every 15 seconds, and pods become ready at once.</summary>
    public void Run(TimeSpan time)
    {
        for (var left = time; left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(15))
        {
            World.Finish();
            World.Pass(TimeSpan.FromSeconds(15));
        }
        World.Finish();
    }

    public string? Condition(string type) => Conditions.Find(Status, type) is { } found ? $"{found.Status} {found.Reason}" : null;
}
