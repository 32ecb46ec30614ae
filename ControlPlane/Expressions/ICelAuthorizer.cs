namespace ControlPlane.Expressions;

/// <summary>Something that may be asked whether a user may do something.</summary>
/// <param name="Verb">Such as <c>get</c>.</param>
/// <param name="Path">A path that belongs to no resource; null for a resource.</param>
/// <param name="Group">Of a resource; empty for the core group.</param>
/// <param name="User">A service account, as a user's name; null for the one who asks.</param>
public sealed record CelAuthorizationCheck(
    string Verb,
    string? Path,
    string Group,
    string Resource,
    string Subresource,
    string Namespace,
    string Name,
    string FieldSelector,
    string LabelSelector,
    string? User)
{
    /// <summary>A check that names nothing yet.</summary>
    public static CelAuthorizationCheck Nothing { get; } = new("", null, "", "", "", "", "", "", "", null);
}

/// <summary>What is said of a check.</summary>
/// <param name="Reason">Why; may be empty.</param>
/// <param name="Error">What went wrong while it was asked; null if nothing did.</param>
public sealed record CelAuthorizationDecision(bool Allowed, string Reason, string? Error = null);

/// <summary>Answers what expressions ask of <c>authorizer</c>. Called from the thread that evaluates, as often as the expression asks.</summary>
public interface ICelAuthorizer
{
    CelAuthorizationDecision Check(CelAuthorizationCheck check);
}
