using System.Collections.Immutable;
using System.Text.Json;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Autoscaling;

/// <summary>What the controller reads of a HorizontalPodAutoscaler, parsed once per version.</summary>
internal sealed class AutoscalerState
{
    public required StoredObject Stored { get; init; }
    public required DescribedObject Target { get; init; }
    public required long Min { get; init; }
    public required long Max { get; init; }
    public required ImmutableArray<MetricSpec> Metrics { get; init; }
    public required ScalingRules Up { get; init; }
    public required ScalingRules Down { get; init; }
    public required ScalingHistory History { get; init; }

    /// <summary>How its target goes to zero; null if it does not.</summary>
    public required IdleRule? Idle { get; init; }
    public required JsonElement Status { get; init; }
    public required ImmutableArray<Condition> Conditions { get; init; }

    public Tolerance Tolerance => new(Up.Tolerance, Down.Tolerance);
    public bool Deleting => Stored.Header.DeletionTimestamp is not null;

    public static AutoscalerState Of(StoredObject stored) => stored.Project(Read);

    private static AutoscalerState Read(StoredObject stored)
    {
        var root = ObjectLimits.ParseElement(stored.Json);
        var (spec, status, annotations) = (root.At("spec"), root.At("status"), root.At("metadata").TextMap("annotations"));
        var target = spec.At("scaleTargetRef");
        var least = spec.Number("minReplicas") ?? 1;
        return new()
        {
            Stored = stored,
            Target = new(target.Text("apiVersion"), target.Text("kind"), target.Text("name")),
            Min = least,
            Max = spec.Number("maxReplicas") ?? 1,
            Metrics = [.. spec.Objects("metrics").Select(MetricSpec.Read).OfType<MetricSpec>()],
            Up = ScalingRules.Up(spec.At("behavior")),
            Down = ScalingRules.Down(spec.At("behavior")),
            History = ScalingHistory.Read(annotations.GetValueOrDefault(ScalingHistory.Annotation)),
            Idle = least == 0 ? IdleRule.Read(annotations, stored.Header.CreationTimestamp) : null,
            Status = status,
            Conditions = Shared.Api.Conditions.Read(status),
        };
    }
}
