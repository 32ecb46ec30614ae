using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Workloads.Pods.Specs;

/// <summary>What may change in the spec of a Pod that exists.</summary>
internal static class PodUpdateRules
{
    private const string Message =
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
        + "`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

    private static readonly FieldPath Spec = FieldPath.Of("spec");

    public static void Validate(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        if (JsonNode.DeepEquals(updated, current)) return;
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers"])
        {
            if ((updated.List(list)?.Count ?? 0) == (current.List(list)?.Count ?? 0)) continue;
            errors.Forbidden(Spec.Child(list), "pod updates may not add or remove containers");
            return;
        }
        Deadline(updated, current, errors);
        Tolerations(updated.List("tolerations"), current.List("tolerations"), errors);
        Gates(updated, current, errors);
        var rest = (JsonObject)updated.DeepClone();
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers"]) KeepImages(rest.List(list), current.List(list));
        foreach (var member in (ReadOnlySpan<string>)["activeDeadlineSeconds", "tolerations", "schedulingGates"]) Keep(rest, current, member);
        if (current.Number("terminationGracePeriodSeconds") < 0 && updated.Number("terminationGracePeriodSeconds") == 1) Keep(rest, current, "terminationGracePeriodSeconds");
        if (!JsonNode.DeepEquals(rest, current)) errors.Forbidden(Spec, $"{Message}; changed: {string.Join(", ", Changed(rest, current))}");
    }

    private static void Deadline(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        if (current.Number("activeDeadlineSeconds") is not { } before) return;
        var path = Spec.Child("activeDeadlineSeconds");
        if (updated.Number("activeDeadlineSeconds") is not { } now) errors.Invalid(path, null, "must not update from a positive integer to nil value");
        else if (now > before) errors.Invalid(path, now, "must be less than or equal to previous value");
    }

    private static void Tolerations(JsonArray? updated, JsonArray? current, FieldErrors errors)
    {
        foreach (var before in current?.OfType<JsonObject>() ?? [])
        {
            if (updated?.OfType<JsonObject>().Any(now => Same(now, before)) != true)
            {
                errors.Forbidden(Spec.Child("tolerations"), "existing toleration can not be modified except its tolerationSeconds");
                return;
            }
        }
    }

    private static void Gates(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        var before = current.Objects("schedulingGates").Select(gate => gate.Text("name")).ToHashSet();
        var index = 0;
        foreach (var gate in updated.Objects("schedulingGates"))
        {
            if (!before.Contains(gate.Text("name"))) errors.Forbidden(Spec.Child("schedulingGates").Item(index), "only deletion is allowed, but found new scheduling gate");
            index++;
        }
    }

    private static bool Same(JsonObject left, JsonObject right) =>
        left.Text("key") == right.Text("key") && left.Text("operator") == right.Text("operator")
        && left.Text("value") == right.Text("value") && left.Text("effect") == right.Text("effect");

    /// <summary>Images may change.</summary>
    private static void KeepImages(JsonArray? containers, JsonArray? current)
    {
        for (var i = 0; i < containers?.Count; i++)
        {
            if (containers[i] is JsonObject container && current?[i] is JsonObject before) Keep(container, before, "image");
        }
    }

    private static void Keep(JsonObject updated, JsonObject current, string member)
    {
        if (current[member] is { } kept) updated[member] = kept.DeepClone();
        else updated.Remove(member);
    }

    private static IEnumerable<string> Changed(JsonObject updated, JsonObject current) =>
        updated.Select(member => member.Key).Union(current.Select(member => member.Key)).Where(member => !JsonNode.DeepEquals(updated[member], current[member]));
}
