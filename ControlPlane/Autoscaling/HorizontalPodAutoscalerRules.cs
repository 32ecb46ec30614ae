using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Autoscaling;

/// <summary>The rules of <c>spec.metrics</c> and <c>spec.behavior</c>, in Kubernetes' words.</summary>
internal static class HorizontalPodAutoscalerRules
{
    private const int LongestWindow = 3600;
    private const int LongestPeriod = 1800;
    private static readonly string[] Types = Enum.GetNames<MetricSource>();

    /// <summary>Adds the faults of the metrics.</summary>
    public static void Metrics(JsonArray? metrics, FieldPath at, FieldErrors errors)
    {
        for (var i = 0; i < metrics?.Count; i++)
        {
            var (metric, path) = (metrics[i], at.Item(i));
            var type = metric.Text("type");
            if (type.Length == 0) errors.Required(path.Child("type"), "must specify a metric source type");
            else if (MetricSpec.MemberOf(type) is not { } member) errors.NotSupported(path.Child("type"), type, Types);
            else if (metric.Child(member) is not { } source) errors.Required(path.Child(member), $"must populate information for the given metric source (only {member} is allowed for type {type})");
            else Source(Enum.Parse<MetricSource>(type), source, path.Child(member), errors);
            foreach (var other in Types.Where(other => other != type).Select(other => MetricSpec.MemberOf(other)!).Where(other => metric.Has(other)))
            {
                errors.Forbidden(path.Child(other), "must populate the given metric source only");
            }
        }
    }

    /// <summary>Adds the faults of one direction of the behaviour.</summary>
    public static void Behaviour(JsonObject? rules, FieldPath at, FieldErrors errors)
    {
        if (rules is null) return;
        if (rules.Number("stabilizationWindowSeconds") is { } window)
        {
            if (window < 0) errors.Invalid(at.Child("stabilizationWindowSeconds"), window, "must be greater than or equal to zero");
            else if (window > LongestWindow) errors.Invalid(at.Child("stabilizationWindowSeconds"), window, $"must be less than or equal to {LongestWindow}");
        }
        var select = rules.Text("selectPolicy");
        if (select.Length > 0 && select is not ("Max" or "Min" or "Disabled")) errors.NotSupported(at.Child("selectPolicy"), select, "Disabled", "Max", "Min");
        if (rules.Has("tolerance") && (!Quantities.TryParseMilli(rules.Text("tolerance"), out var tolerance) || tolerance < 0)) errors.Invalid(at.Child("tolerance"), rules.Any("tolerance"), "must be greater than or equal to zero");
        if (rules.List("policies") is not { } policies) return;
        if (policies.Count == 0) errors.Required(at.Child("policies"), "must specify at least one Policy");
        for (var i = 0; i < policies.Count; i++)
        {
            var (policy, path) = (policies[i], at.Child("policies").Item(i));
            if (policy.Text("type") is not ("Pods" or "Percent")) errors.NotSupported(path.Child("type"), policy.Text("type"), "Percent", "Pods");
            if (policy.Number("value") is not > 0) errors.Invalid(path.Child("value"), policy.Number("value") ?? 0, "must be greater than zero");
            var period = policy.Number("periodSeconds") ?? 0;
            if (period <= 0) errors.Invalid(path.Child("periodSeconds"), period, "must be greater than zero");
            else if (period > LongestPeriod) errors.Invalid(path.Child("periodSeconds"), period, $"must be less than or equal to {LongestPeriod}");
        }
    }

    private static void Source(MetricSource type, JsonObject source, FieldPath at, FieldErrors errors)
    {
        if (type is MetricSource.Resource or MetricSource.ContainerResource)
        {
            if (source.Text("name").Length == 0) errors.Required(at.Child("name"), "must specify a resource name");
            if (type == MetricSource.ContainerResource) FieldRules.Named(source, "container", at, errors, NameSyntax.PathSegment);
        }
        else
        {
            FieldRules.Named(source.Child("metric"), "name", at.Child("metric"), errors, NameSyntax.PathSegment);
            if (type == MetricSource.Object)
            {
                FieldRules.Named(source.Child("describedObject"), "kind", at.Child("describedObject"), errors, NameSyntax.PathSegment);
                FieldRules.Named(source.Child("describedObject"), "name", at.Child("describedObject"), errors, NameSyntax.PathSegment);
            }
        }
        Target(type, source.Child("target"), at.Child("target"), errors);
    }

    private static void Target(MetricSource type, JsonObject? target, FieldPath at, FieldErrors errors)
    {
        var kind = target.Text("type");
        if (kind is not ("Utilization" or "Value" or "AverageValue")) errors.Invalid(at.Child("type"), kind, "must be either Utilization, Value, or AverageValue");
        var isResource = type is MetricSource.Resource or MetricSource.ContainerResource;
        if (target.Number("averageUtilization") is { } share)
        {
            if (!isResource) errors.Forbidden(at.Child("averageUtilization"), "may be set for resource metrics only");
            else if (share < 1) errors.Invalid(at.Child("averageUtilization"), share, "must be greater than 0");
        }
        foreach (var member in (ReadOnlySpan<string>)["value", "averageValue"])
        {
            if (target.Has(member) && (!Quantities.TryParseMilli(target.Any(member), out var amount) || amount <= 0)) errors.Invalid(at.Child(member), target.Any(member), "must be positive");
        }
        var (average, value, utilization) = (target.Has("averageValue"), target.Has("value"), target.Has("averageUtilization"));
        if (isResource && !average && !utilization) errors.Required(at.Child("averageUtilization"), "must set either a target raw value or a target utilization");
        else if (isResource && average && utilization) errors.Forbidden(at.Child("averageValue"), "may not set both a target raw value and a target utilization");
        else if (isResource && value) errors.Forbidden(at.Child("value"), "may not be set for resource metrics");
        else if (type == MetricSource.Pods && !average) errors.Required(at.Child("averageValue"), "must specify a positive target averageValue");
        else if (!isResource && !average && !value) errors.Required(at.Child("averageValue"), "must set either a target value for metric or a per-pod target");
    }
}
