using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;

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

    private static readonly ImmutableSortedDictionary<string, ImmutableArray<string>> NoExtra = ImmutableSortedDictionary.Create<string, ImmutableArray<string>>(StringComparer.Ordinal);
    private const string ServiceAccountPrefix = "system:serviceaccount:";
    private const string ServiceAccounts = "system:serviceaccounts";

    /// <summary>A request without credentials.</summary>
    public static UserInfo Anonymous { get; } = new("system:anonymous", [Unauthenticated]);

    /// <summary>What tells the user from another of the same name; empty where nobody gave one.</summary>
    public string Uid { get; init; } = "";

    /// <summary>What else is known of the user, by lower-case keys.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Extra { get; init; } = NoExtra;

    /// <summary>The name that a service account is a user by.</summary>
    public static string ServiceAccountName(string @namespace, string name) => $"{ServiceAccountPrefix}{@namespace}:{name}";

    /// <summary>A service account as a user, with the groups it is in.</summary>
    public static UserInfo ServiceAccount(string @namespace, string name) =>
        new(ServiceAccountName(@namespace, name), [ServiceAccounts, $"{ServiceAccounts}:{@namespace}", Authenticated]);

    /// <summary>Whoever asked for a write.</summary>
    public static UserInfo Of(Requester by) => new(by.User, by.Groups)
    {
        Uid = by.Uid,
        Extra = by.Extra.IsEmpty ? NoExtra : by.Extra.GroupBy(entry => entry.Key).ToImmutableSortedDictionary(entry => entry.Key, entry => entry.Select(one => one.Value).ToImmutableArray(), StringComparer.Ordinal),
    };

    /// <summary>In the form of Kubernetes' UserInfo; what is not known is left out.</summary>
    public JsonObject ToJson()
    {
        var info = new JsonObject { ["username"] = Name };
        if (Uid.Length > 0) info["uid"] = Uid;
        if (!Groups.IsEmpty) info["groups"] = Texts(Groups);
        if (!Extra.IsEmpty) info["extra"] = new JsonObject(Extra.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)Texts(entry.Value))));
        return info;
    }

    /// <summary>The namespace and name of the service account that a user name stands for, or null.</summary>
    public static (string Namespace, string Name)? ServiceAccountOf(string user) =>
        user.StartsWith(ServiceAccountPrefix, StringComparison.Ordinal) && user[ServiceAccountPrefix.Length..].Split(':') is [{ Length: > 0 } place, { Length: > 0 } name] ? (place, name) : null;

    private static JsonArray Texts(ImmutableArray<string> values) => new([.. values.Select(value => (JsonNode)value)]);
}
