using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Access.Roles;

/// <summary>How Roles and ClusterRoles are written.</summary>
/// <param name="clusterWide">Whether rules may name URLs that are no resources.</param>
public sealed class RoleStrategy(bool clusterWide) : KindStrategy
{
    private static readonly FieldPath Rules = FieldPath.Of("rules");

    /// <inheritdoc/>
    public override NameRule NameRule => NameRule.PathSegment;

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var index = 0;
        foreach (var rule in @object.Objects("rules"))
        {
            var at = Rules.Item(index++);
            if (!rule.HasElements("verbs")) errors.Required(at.Child("verbs"), "verbs must contain at least one value");
            if (rule.HasElements("nonResourceURLs"))
            {
                if (!clusterWide) errors.Invalid(at.Child("nonResourceURLs"), rule["nonResourceURLs"], "namespaced rules cannot apply to non-resource URLs");
                if (rule.HasElements("apiGroups") || rule.HasElements("resources") || rule.HasElements("resourceNames"))
                {
                    errors.Invalid(at.Child("nonResourceURLs"), rule["nonResourceURLs"], "rules cannot apply to both regular resources and non-resource URLs");
                }
                continue;
            }
            if (!rule.HasElements("apiGroups")) errors.Required(at.Child("apiGroups"), "resource rules must supply at least one api group");
            if (!rule.HasElements("resources")) errors.Required(at.Child("resources"), "resource rules must supply at least one resource");
        }
    }
}
