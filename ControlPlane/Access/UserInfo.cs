using System.Collections.Immutable;

namespace ControlPlane.Access;

/// <summary>Who makes a request, as authentication found: Kubernetes' user.Info.</summary>
public sealed record UserInfo(string Name, ImmutableArray<string> Groups)
{
    /// <summary>The group whose members may do anything.</summary>
    public const string Masters = "system:masters";

    /// <summary>The group of everyone who has proved an identity.</summary>
    public const string Authenticated = "system:authenticated";

    /// <summary>The group of everyone who has not.</summary>
    public const string Unauthenticated = "system:unauthenticated";

    private const string ServiceAccountPrefix = "system:serviceaccount:";
    private const string ServiceAccounts = "system:serviceaccounts";

    /// <summary>A request without credentials.</summary>
    public static UserInfo Anonymous { get; } = new("system:anonymous", [Unauthenticated]);

    /// <summary>What tells the user from another of the same name; empty where nobody gave one.</summary>
    public string Uid { get; init; } = "";

    /// <summary>What else is known of the user, by lower-case keys.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Extra { get; init; } = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>The name that a service account is a user by.</summary>
    public static string ServiceAccountName(string @namespace, string name) => $"{ServiceAccountPrefix}{@namespace}:{name}";

    /// <summary>A service account as a user, with the groups it is in.</summary>
    public static UserInfo ServiceAccount(string @namespace, string name) =>
        new(ServiceAccountName(@namespace, name), [ServiceAccounts, $"{ServiceAccounts}:{@namespace}", Authenticated]);

    /// <summary>The namespace and name of the service account that a user name stands for, or null.</summary>
    public static (string Namespace, string Name)? ServiceAccountOf(string user) =>
        user.StartsWith(ServiceAccountPrefix, StringComparison.Ordinal) && user[ServiceAccountPrefix.Length..].Split(':') is [{ Length: > 0 } place, { Length: > 0 } name] ? (place, name) : null;
}
