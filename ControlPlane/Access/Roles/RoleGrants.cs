using System.Collections.Immutable;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Access.Roles;

/// <summary>The rules that one binding gives a subject.</summary>
/// <param name="Namespace">Where they hold; empty for everywhere.</param>
/// <param name="Rules">None if the role is not there.</param>
internal sealed record RoleGrant(BindingState Binding, BoundSubject Subject, string Namespace, ImmutableArray<PolicyRule> Rules)
{
    /// <summary>The binding, the role and the subject, in words.</summary>
    public string Source => $"{Binding.Source} to {Subject.Words}";
}

/// <summary>
/// Who has which rules: all bindings and roles of one moment, by user and by group. Immutable. Where a role is missing its bindings give nothing, and where a binding is made before its
/// role they begin to.
/// </summary>
internal sealed class RoleGrants
{
    private static readonly GroupResource ClusterRoles = new("rbac.authorization.k8s.io", "clusterroles");
    private static readonly GroupResource ClusterBindings = new("rbac.authorization.k8s.io", "clusterrolebindings");
    private static readonly GroupResource Roles = new("rbac.authorization.k8s.io", "roles");
    private static readonly GroupResource Bindings = new("rbac.authorization.k8s.io", "rolebindings");
    private static readonly GroupResource[] Sources = [ClusterRoles, ClusterBindings, Roles, Bindings];

    private readonly ImmutableSortedSet<StoredObject>[] _madeOf;
    private readonly Dictionary<string, Holder> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Holder> _groups = new(StringComparer.Ordinal);

    /// <summary>Reads all bindings a view shows.</summary>
    public RoleGrants(IObjectView view)
    {
        _madeOf = [.. Sources.Select(source => view.List(source).Objects)];
        foreach (var binding in _madeOf[1]) Add(binding, view);
        foreach (var binding in _madeOf[3]) Add(binding, view);
    }

    /// <summary>Whether nothing it is made of has changed.</summary>
    public bool IsCurrent(IObjectView view)
    {
        for (var i = 0; i < Sources.Length; i++)
        {
            if (!ReferenceEquals(view.List(Sources[i]).Objects, _madeOf[i])) return false;
        }
        return true;
    }

    /// <summary>What a user has by itself or by its groups: in one namespace, or (empty) only what holds everywhere.</summary>
    public IEnumerable<RoleGrant> Of(UserInfo user, string @namespace)
    {
        if (_users.TryGetValue(user.Name, out var own))
        {
            foreach (var grant in own.In(@namespace)) yield return grant;
        }
        foreach (var group in user.Groups)
        {
            if (!_groups.TryGetValue(group, out var shared)) continue;
            foreach (var grant in shared.In(@namespace)) yield return grant;
        }
    }

    /// <summary>The key of the role that a binding names.</summary>
    public static ObjectKey RoleOf(string kind, string name, string @namespace) =>
        kind == "Role" ? new(Roles.Group, Roles.Resource, @namespace, name) : new(ClusterRoles.Group, ClusterRoles.Resource, "", name);

    private void Add(StoredObject binding, IObjectView view)
    {
        var state = BindingState.Of(binding);
        var rules = view.Get(state.Role) is { } found ? RoleState.Of(found).Rules : [];
        foreach (var subject in state.Subjects)
        {
            var holders = subject.IsGroup ? _groups : _users;
            if (!holders.TryGetValue(subject.Name, out var holder)) holders[subject.Name] = holder = new();
            holder.Add(new(state, subject, binding.Key.Namespace, rules));
        }
    }

    private sealed class Holder
    {
        private readonly List<RoleGrant> _everywhere = [];
        private readonly Dictionary<string, List<RoleGrant>> _inNamespaces = new(StringComparer.Ordinal);

        public void Add(RoleGrant grant)
        {
            if (grant.Namespace.Length == 0) _everywhere.Add(grant);
            else if (_inNamespaces.TryGetValue(grant.Namespace, out var there)) there.Add(grant);
            else _inNamespaces[grant.Namespace] = [grant];
        }

        public IEnumerable<RoleGrant> In(string @namespace) =>
            @namespace.Length > 0 && _inNamespaces.TryGetValue(@namespace, out var there) ? _everywhere.Concat(there) : _everywhere;
    }
}
