namespace ControlPlane.Access;

/// <summary>Decides whether a user may make a request.</summary>
public interface IAuthorizer
{
    /// <summary>Null if allowed, otherwise why not. Reads only what is in memory.</summary>
    string? Refusal(UserInfo user, RequestInfo request);
}

/// <summary>
/// Members of system:masters may do everything; everyone may ask for health and version; nobody else may do anything. What stands in front of
/// role-based rules, which can only add to it.
/// </summary>
public sealed class MastersOnlyAuthorizer : IAuthorizer
{
    /// <inheritdoc/>
    public string? Refusal(UserInfo user, RequestInfo request)
    {
        if (user.Groups.Contains(UserInfo.Masters)) return null;
        if (request.Resource.Length == 0 && request.Path is "/healthz" or "/livez" or "/readyz" or "/version") return null;
        return "no rule allows it";
    }
}
