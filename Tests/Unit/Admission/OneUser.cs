using ControlPlane.Access;
using ControlPlane.Access.Roles;

namespace Tests.Unit.Admission;

/// <summary>Lets one user do everything, and service accounts read ConfigMaps in their own namespaces.</summary>
internal sealed class OneUser(string name) : IAuthorizer
{
    public Verdict Judge(UserInfo user, RequestInfo request) =>
        user.Name == name || (UserInfo.ServiceAccountOf(user.Name) is var (place, _) && place == request.Namespace && request is { Verb: "get", Resource: "configmaps" }) ? Verdict.Allow("because") : Verdict.Refuse;

    public IEnumerable<PolicyRule> RulesOf(UserInfo user, string @namespace) => [];
}
