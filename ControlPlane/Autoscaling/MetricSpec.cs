using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects.Selectors;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Autoscaling;

/// <summary>Where a metric comes from.</summary>
internal enum MetricSource { Resource, ContainerResource, Pods, Object, External }

/// <summary>What a metric is compared with.</summary>
internal enum TargetType { Utilization, AverageValue, Value }

/// <summary>One metric an autoscaler follows.</summary>
/// <param name="Name">The resource's or the metric's name.</param>
/// <param name="Container">The container whose resource it is; empty for all of a pod.</param>
/// <param name="Target">A percentage of the requests for <see cref="TargetType.Utilization"/>, else thousandths.</param>
/// <param name="Selector">Narrows a custom metric down; everything where there is none.</param>
/// <param name="Described">The object that a metric of an object is about.</param>
internal sealed record MetricSpec(MetricSource Source, string Name, string Container, TargetType Type, long Target, LabelSelector Selector, DescribedObject? Described)
{
    private static readonly ImmutableDictionary<string, (MetricSource Source, string Member)> Sources = ImmutableDictionary.CreateRange(
    [
        KeyValuePair.Create(nameof(MetricSource.Resource), (MetricSource.Resource, "resource")),
        KeyValuePair.Create(nameof(MetricSource.ContainerResource), (MetricSource.ContainerResource, "containerResource")),
        KeyValuePair.Create(nameof(MetricSource.Pods), (MetricSource.Pods, "pods")),
        KeyValuePair.Create(nameof(MetricSource.Object), (MetricSource.Object, "object")),
        KeyValuePair.Create(nameof(MetricSource.External), (MetricSource.External, "external")),
    ]);

    /// <summary>The word for it in messages, as Kubernetes has it.</summary>
    public string Words => Source switch
    {
        MetricSource.Resource => $"{Name} resource{(Type == TargetType.Utilization ? " utilization (percentage of request)" : "")}",
        MetricSource.ContainerResource => $"{Name} container resource{(Type == TargetType.Utilization ? " utilization (percentage of request)" : "")}",
        MetricSource.Pods => $"pods metric {Name}",
        MetricSource.Object => $"{Described!.Kind} metric {Name}",
        _ => $"external metric {Name}",
    };

    /// <summary>The member of a MetricSpec or MetricStatus that holds what its type says; null for no type there is.</summary>
    public static string? MemberOf(string type) => Sources.TryGetValue(type, out var known) ? known.Member : null;

    /// <summary>Reads an entry of <c>spec.metrics</c>; null where it says nothing that can be followed, which is refused before it is stored.</summary>
    public static MetricSpec? Read(JsonElement entry)
    {
        if (!Sources.TryGetValue(entry.Text("type"), out var known)) return null;
        var source = entry.At(known.Member);
        if (ReadTarget(source.At("target")) is not { } target) return null;
        var isResource = known.Source is MetricSource.Resource or MetricSource.ContainerResource;
        var described = source.Child("describedObject") is { } of ? new DescribedObject(of.Text("apiVersion"), of.Text("kind"), of.Text("name")) : null;
        if (known.Source == MetricSource.Object && described is null) return null;
        var selector = source.Child("metric", "selector") is { } labels ? LabelSelector.From(JsonObject.Create(labels)) : LabelSelector.Everything;
        return new(known.Source, isResource ? source.Text("name") : source.Text("metric", "name"), source.Text("container"), target.Type, target.Value, selector, described);
    }

    /// <summary>The entry of <c>status.currentMetrics</c> that says this.</summary>
    /// <param name="current">The member <c>current</c> of it.</param>
    public JsonObject Status(JsonObject current)
    {
        var (type, member) = (Source.ToString(), Sources[Source.ToString()].Member);
        var status = new JsonObject();
        switch (Source)
        {
            case MetricSource.Resource:
                status["name"] = Name;
                break;
            case MetricSource.ContainerResource:
                (status["name"], status["container"]) = (Name, Container);
                break;
            default:
                if (Described is not null) status["describedObject"] = new JsonObject { ["apiVersion"] = Described.ApiVersion, ["kind"] = Described.Kind, ["name"] = Described.Name };
                status["metric"] = new JsonObject { ["name"] = Name };
                break;
        }
        status["current"] = current;
        return new() { ["type"] = type, [member] = status };
    }

    private static (TargetType Type, long Value)? ReadTarget(JsonElement target) => target switch
    {
        _ when target.Number("averageUtilization") is { } share => (TargetType.Utilization, share),
        _ when Quantities.TryParseMilli(target.Text("averageValue"), out var average) => (TargetType.AverageValue, average),
        _ when Quantities.TryParseMilli(target.Text("value"), out var value) => (TargetType.Value, value),
        _ => null,
    };
}

/// <summary>An object that a metric is about.</summary>
internal sealed record DescribedObject(string ApiVersion, string Kind, string Name);
