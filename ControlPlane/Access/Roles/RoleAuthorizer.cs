using ControlPlane.Objects;

namespace ControlPlane.Access.Roles;

/// <summary>
/// Kubernetes' role-based access control over the roles and bindings that the local cache shows: one that was made through another member counts here as soon as its change has come.
/// Members of system:masters may do everything, whatever roles there are.
/// </summary>
public sealed class RoleAuthorizer(IObjectView view) : IAuthorizer
{
    private RoleGrants? _grants;

    /// <inheritdoc/>
    public Verdict Judge(UserInfo user, RequestInfo request)
    {
        if (user.Groups.Contains(UserInfo.Masters)) return Verdict.Allow("");
        foreach (var grant in Grants.Of(user, request.Namespace))
        {
            foreach (var rule in grant.Rules)
            {
                if (rule.Allows(request)) return Verdict.Allow($"RBAC: allowed by {grant.Source}");
            }
        }
        return Verdict.Refuse;
    }

    /// <inheritdoc/>
    public IEnumerable<PolicyRule> RulesOf(UserInfo user, string @namespace) =>
        user.Groups.Contains(UserInfo.Masters) ? PolicyRule.Everything : Grants.Of(user, @namespace).SelectMany(grant => grant.Rules);

    private RoleGrants Grants
    {
        get
        {
            var known = Volatile.Read(ref _grants);
            if (known is not null && known.IsCurrent(view)) return known;
            var made = new RoleGrants(view);
            Volatile.Write(ref _grants, made);
            return made;
        }
    }
}
