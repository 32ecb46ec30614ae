using ControlPlane.Access;
using ControlPlane.Expressions;

namespace ControlPlane.Admission.Webhooks;

/// <summary>Answers what expressions ask of <c>authorizer</c> by what the roles say. Selectors of a check ask for no less than the whole.</summary>
/// <param name="authorizer">Decides.</param>
/// <param name="user">Who is asked about where a check names no service account.</param>
internal sealed class RequestAuthorizer(IAuthorizer authorizer, UserInfo user) : ICelAuthorizer
{
    /// <inheritdoc/>
    public CelAuthorizationDecision Check(CelAuthorizationCheck check)
    {
        var asks = check.User is not { } other ? user : UserInfo.ServiceAccountOf(other) is var (place, name) ? UserInfo.ServiceAccount(place, name) : new(other, []);
        var verdict = authorizer.Judge(asks, new()
        {
            Path = check.Path ?? "",
            Verb = check.Verb,
            Group = check.Group,
            Version = check.Path is null ? "*" : "",
            Resource = check.Resource,
            Subresource = check.Subresource,
            Namespace = check.Namespace,
            Name = check.Name,
        });
        return new(verdict.Allowed, verdict.Reason);
    }
}
