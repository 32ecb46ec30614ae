using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Policy.ResourceQuotas;

/// <summary>ResourceQuotas.</summary>
internal static class ResourceQuotaKind
{
    public static KindDefinition Definition { get; } = KindOf.Namespaced<V1ResourceQuota>("quota") with
    {
        HasStatus = true,
        Rules = [FieldRule.Immutable("spec.scopes")],
        Strategy = new ResourceQuotaStrategy(),
        Behaviour = EntityBehaviour.Of(QuotaActor.Props) with { WakeRules = [new QuotaWakeRule()] },
        Columns = [Name, Text("Request", quota => Usage(quota, limits: false)), Text("Limit", quota => Usage(quota, limits: true)), Age],
    };

    private static string Usage(JsonObject quota, bool limits)
    {
        var hard = quota.At("status", "hard") as JsonObject ?? quota.At("spec", "hard") as JsonObject;
        if (hard is null) return "";
        return string.Join(", ", hard
            .Where(entry => entry.Key.StartsWith("limits.", StringComparison.Ordinal) == limits)
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => $"{entry.Key}: {Or(quota.Any("status", "used", entry.Key), "0")}/{entry.Value.Any()}"));
    }
}
