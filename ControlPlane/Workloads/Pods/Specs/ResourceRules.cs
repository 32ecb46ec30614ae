using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.Pods.Specs;

/// <summary>What a container may ask for: quantities of known resources, no more requested than allowed.</summary>
internal static class ResourceRules
{
    public static void Validate(JsonObject? resources, FieldPath path, FieldErrors errors)
    {
        if (resources is null || resources.Count == 0) return;
        var (limits, requests) = (resources.Child("limits"), resources.Child("requests"));
        Each(limits, path.Child("limits"), errors);
        Each(requests, path.Child("requests"), errors);
        foreach (var (name, node) in requests ?? [])
        {
            var limit = limits?[name].TextOf();
            if (!Quantities.TryParseMilli(node.TextOf(), out var requested)) continue;
            if (limit is null)
            {
                if (!Overcommits(name)) errors.Required(path.Child("limits"), "Limit must be set for non overcommitable resources");
                continue;
            }
            if (!Quantities.TryParseMilli(limit, out var allowed)) continue;
            if (!Overcommits(name) && requested != allowed) errors.Invalid(path.Child("requests"), node, $"must be equal to {name} limit of {limit}");
            else if (requested > allowed) errors.Invalid(path.Child("requests"), node, $"must be less than or equal to {name} limit of {limit}");
        }
    }

    private static void Each(JsonObject? list, FieldPath path, FieldErrors errors)
    {
        foreach (var (name, node) in list ?? [])
        {
            if (!name.Contains('/') && name is not ("cpu" or "memory" or "ephemeral-storage") && !name.StartsWith("hugepages-", StringComparison.Ordinal))
            {
                errors.Invalid(path.Key(name), name, LabelSyntax.QualifiedName(name) ?? "must be a standard resource for containers");
            }
            else if (LabelSyntax.QualifiedName(name) is { } fault) errors.Invalid(path.Key(name), name, fault);
            FieldRules.Quantity(node, path.Key(name), errors);
            if (IsExtended(name) && Quantities.TryParseMilli(node.TextOf(), out var milli) && milli % 1000 != 0) errors.Invalid(path.Key(name), node, "must be an integer");
        }
    }

    /// <summary>Whether a node may promise more of it than it has.</summary>
    private static bool Overcommits(string name) => !IsExtended(name) && !name.StartsWith("hugepages-", StringComparison.Ordinal);

    private static bool IsExtended(string name) => name.Contains('/') && !name.Contains("kubernetes.io/", StringComparison.Ordinal);
}
