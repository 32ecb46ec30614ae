using ControlPlane.Access.Roles;

namespace ControlPlane.Access;

/// <summary>Decides what users may do.</summary>
public interface IAuthorizer
{
    /// <summary>Whether a user may make a request. Reads only what is in memory.</summary>
    Verdict Judge(UserInfo user, RequestInfo request);

    /// <summary>All that a user may do in a namespace, or (empty) everywhere; a rule may come twice.</summary>
    IEnumerable<PolicyRule> RulesOf(UserInfo user, string @namespace);
}

/// <summary>What an authorizer says of a request.</summary>
/// <param name="Allowed">Whether it may be made.</param>
/// <param name="Reason">What allows it, in words; may be empty.</param>
public readonly record struct Verdict(bool Allowed, string Reason)
{
    /// <summary>No rule allows it.</summary>
    public static Verdict Refuse { get; } = new(false, "");

    public static Verdict Allow(string reason) => new(true, reason);
}
