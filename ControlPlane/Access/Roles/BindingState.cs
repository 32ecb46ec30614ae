using System.Collections.Immutable;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Access.Roles;

/// <summary>Who a binding gives its role to.</summary>
/// <param name="Words">The subject, in words.</param>
/// <param name="IsGroup">Whether it is a group, and not a user or a service account.</param>
/// <param name="Name">The name of the group, or that of the user a service account is.</param>
internal sealed record BoundSubject(string Words, bool IsGroup, string Name);

/// <summary>What is read of a RoleBinding or ClusterRoleBinding, once per version.</summary>
/// <param name="Role">The role it names.</param>
/// <param name="Source">The binding and the role, in words.</param>
internal sealed record BindingState(ObjectKey Role, string Source, ImmutableArray<BoundSubject> Subjects)
{
    public static BindingState Of(StoredObject binding) => binding.Project(Read);

    private static BindingState Read(StoredObject binding)
    {
        var root = ObjectLimits.ParseElement(binding.Json);
        var (kind, role, place) = (root.Text("roleRef", "kind"), root.Text("roleRef", "name"), binding.Key.Namespace);
        var source = place.Length == 0 ? $"ClusterRoleBinding \"{binding.Key.Name}\"" : $"RoleBinding \"{binding.Key.Name}/{place}\"";
        var subjects = ImmutableArray.CreateBuilder<BoundSubject>();
        foreach (var subject in root.Objects("subjects"))
        {
            var name = subject.Text("name");
            switch (subject.Text("kind"))
            {
                case "User": subjects.Add(new($"User \"{name}\"", false, name)); break;
                case "Group": subjects.Add(new($"Group \"{name}\"", true, name)); break;
                case "ServiceAccount":
                    var home = subject.Text("namespace") is { Length: > 0 } given ? given : place;
                    subjects.Add(new($"ServiceAccount \"{name}/{home}\"", false, UserInfo.ServiceAccountName(home, name)));
                    break;
            }
        }
        return new(RoleGrants.RoleOf(kind, role, place), $"{source} of {kind} \"{role}\"", subjects.ToImmutable());
    }
}
