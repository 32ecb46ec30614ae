using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Access.Roles;

/// <summary>How RoleBindings and ClusterRoleBindings are written.</summary>
/// <param name="clusterWide">Whether only a ClusterRole can be bound.</param>
public sealed class RoleBindingStrategy(bool clusterWide) : KindStrategy
{
    private const string Group = "rbac.authorization.k8s.io";
    private static readonly FieldPath RoleRef = FieldPath.Of("roleRef");
    private static readonly FieldPath Subjects = FieldPath.Of("subjects");

    /// <inheritdoc/>
    public override NameRule NameRule => NameRule.PathSegment;

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        @object.Child("roleRef")?.Default("apiGroup", Group);
        foreach (var subject in @object.Objects("subjects"))
        {
            if (subject.Text("kind") is "User" or "Group") subject.Default("apiGroup", Group);
        }
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var role = @object.Child("roleRef");
        if (role.Text("apiGroup") != Group) errors.NotSupported(RoleRef.Child("apiGroup"), role.Text("apiGroup"), Group);
        string[] kinds = clusterWide ? ["ClusterRole"] : ["ClusterRole", "Role"];
        if (!kinds.Contains(role.Text("kind"))) errors.NotSupported(RoleRef.Child("kind"), role.Text("kind"), kinds);
        FieldRules.Named(role, "name", RoleRef, errors, NameSyntax.PathSegment);
        var index = 0;
        foreach (var subject in @object.Objects("subjects")) Subject(subject, Subjects.Item(index++), errors);
    }

    private void Subject(JsonObject subject, FieldPath path, FieldErrors errors)
    {
        if (subject.Text("name").Length == 0) errors.Required(path.Child("name"));
        switch (subject.Text("kind"))
        {
            case "ServiceAccount":
                if (subject.Text("name").Length > 0) FieldRules.Named(subject, "name", path, errors, NameSyntax.DnsSubdomain);
                if (subject.Text("apiGroup").Length > 0) errors.NotSupported(path.Child("apiGroup"), subject.Text("apiGroup"), "");
                if (subject.Text("namespace").Length == 0 && clusterWide) errors.Required(path.Child("namespace"));
                break;
            case "User" or "Group":
                if (subject.Text("apiGroup") != Group) errors.NotSupported(path.Child("apiGroup"), subject.Text("apiGroup"), Group);
                break;
            default:
                errors.NotSupported(path.Child("kind"), subject.Text("kind"), "Group", "ServiceAccount", "User");
                break;
        }
    }
}
