using System.Collections.Immutable;
using Shared.Api;

namespace ControlPlane.Access;

/// <summary>
/// Acting as somebody else: the headers <c>Impersonate-User</c>, <c>-Group</c>, <c>-Uid</c> and <c>-Extra-KEY</c>, by Kubernetes' rules. Each part must be allowed to the user who really asks, by the verb
/// <c>impersonate</c>.
/// </summary>
internal static class Impersonation
{
    private const string User = "Impersonate-User";
    private const string Group = "Impersonate-Group";
    private const string Uid = "Impersonate-Uid";
    private const string ExtraPrefix = "Impersonate-Extra-";
    private const string AuthenticationGroup = "authentication.k8s.io";

    /// <summary>Whom the request is to be judged and recorded as: the user who asks where nobody else is named, or why that is refused.</summary>
    public static (UserInfo User, ApiStatus? Refusal) Apply(UserInfo asks, IHeaderDictionary headers, IAuthorizer authorizer)
    {
        var name = headers[User].ToString();
        ImmutableArray<string> groups = [.. headers[Group].OfType<string>()];
        var uid = headers[Uid].ToString();
        var extra = Extra(headers);
        if (name.Length == 0) return groups.IsEmpty && uid.Length == 0 && extra.IsEmpty ? (asks, null) : (asks, ApiStatus.BadRequest($"{Group}, {Uid} and {ExtraPrefix}* need {User} beside them"));

        var account = UserInfo.ServiceAccountOf(name);
        var parts = new List<RequestInfo> { account is { } of ? Part("", "serviceaccounts", of.Name) with { Namespace = of.Namespace } : Part("", "users", name) };
        parts.AddRange(groups.Select(group => Part("", "groups", group)));
        if (uid.Length > 0) parts.Add(Part(AuthenticationGroup, "uids", uid));
        parts.AddRange(extra.SelectMany(entry => entry.Value.Select(value => Part(AuthenticationGroup, "userextras", value) with { Subresource = entry.Key })));
        foreach (var part in parts)
        {
            if (!authorizer.Judge(asks, part).Allowed) return (asks, AccessRefusal.Of(asks, part));
        }
        return (new(name, Groups(name, groups, account)) { Uid = uid, Extra = extra }, null);
    }

    private static ImmutableArray<string> Groups(string name, ImmutableArray<string> given, (string Namespace, string Name)? account)
    {
        if (given.IsEmpty && account is { } of) return UserInfo.ServiceAccount(of.Namespace, of.Name).Groups;
        var known = name == UserInfo.Anonymous.Name ? UserInfo.Unauthenticated : UserInfo.Authenticated;
        return given.Contains(known) ? given : given.Add(known);
    }

    private static ImmutableSortedDictionary<string, ImmutableArray<string>> Extra(IHeaderDictionary headers)
    {
        var extra = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<string>>(StringComparer.Ordinal);
        foreach (var (header, values) in headers)
        {
            if (!header.StartsWith(ExtraPrefix, StringComparison.OrdinalIgnoreCase)) continue;
            extra[Uri.UnescapeDataString(header[ExtraPrefix.Length..].ToLowerInvariant())] = [.. values.OfType<string>()];
        }
        return extra.ToImmutable();
    }

    private static RequestInfo Part(string group, string resource, string name) => new() { Path = "", Verb = "impersonate", Group = group, Resource = resource, Name = name };
}
