using System.Collections.Immutable;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Access.Roles;

/// <summary>What is read of a Role or ClusterRole, once per version.</summary>
/// <param name="Rules">What it allows.</param>
/// <param name="Aggregates">Which ClusterRoles its rules are made of; none for a role that has rules of its own.</param>
internal sealed record RoleState(ImmutableArray<PolicyRule> Rules, ImmutableArray<LabelSelector> Aggregates)
{
    public static RoleState Of(StoredObject role) => role.Project(Read);

    private static RoleState Read(StoredObject role)
    {
        var root = ObjectLimits.ParseElement(role.Json);
        var rules = ImmutableArray.CreateBuilder<PolicyRule>();
        foreach (var rule in root.Objects("rules")) rules.Add(PolicyRule.Read(rule));
        if (root.Child("aggregationRule") is null) return new(rules.ToImmutable(), []);
        var selectors = role.ToJsonObject().Items("aggregationRule", "clusterRoleSelectors");
        return new(rules.ToImmutable(), [.. selectors.Select(LabelSelector.From)]);
    }
}
