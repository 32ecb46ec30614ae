namespace ControlPlane.Access;

/// <summary>
/// What a request is about, read from its method and path by Kubernetes' rules. For a path that names no resource <see cref="Resource"/> is empty and
/// <see cref="Verb"/> is the lower-case method.
/// </summary>
public sealed record RequestInfo
{
    /// <summary>The path without a trailing slash.</summary>
    public required string Path { get; init; }
    public required string Verb { get; init; }
    public string Group { get; init; } = "";
    public string Version { get; init; } = "";
    public string Resource { get; init; } = "";
    public string Namespace { get; init; } = "";

    /// <summary>Whether the resource stands below <c>namespaces/NAME/</c>: a path that only resources of namespaces have.</summary>
    public bool InNamespace { get; init; }
    public string Name { get; init; } = "";
    public string Subresource { get; init; } = "";

    /// <summary>Reads a request. Any path is accepted: whether the resource exists is the catalogue's to say.</summary>
    public static RequestInfo Parse(string method, string path, bool watch)
    {
        var trimmed = path.Length > 1 && path[^1] == '/' ? path[..^1] : path;
        var parts = trimmed.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var start = parts switch
        {
            ["api", _, _, ..] => 2,
            ["apis", _, _, _, ..] => 3,
            _ => 0,
        };
        if (start == 0) return new() { Path = trimmed, Verb = method.ToLowerInvariant() };
        var info = new RequestInfo { Path = trimmed, Verb = "", Group = start == 2 ? "" : parts[1], Version = parts[start - 1] };
        var rest = parts.AsSpan(start);
        if (rest is ["watch", _, ..] && method is ("GET" or "HEAD"))
        {
            // The older form of ?watch=1.
            watch = true;
            rest = rest[1..];
        }
        if (rest is ["namespaces", var ns, var inner, ..] && !(info.Group.Length == 0 && rest.Length == 3 && inner is "status" or "finalize"))
        {
            info = info with { Namespace = ns, InNamespace = true };
            rest = rest[2..];
        }
        else if (rest is ["namespaces", var self, ..])
        {
            // A Namespace is authorised as an object of itself.
            info = info with { Namespace = self };
        }
        info = info with
        {
            Resource = rest[0],
            Name = rest.Length > 1 ? rest[1] : "",
            Subresource = rest.Length > 2 ? string.Join('/', rest[2..].ToArray()) : "",
        };
        return info with { Verb = VerbOf(method, info.Name.Length > 0, watch) };
    }

    private static string VerbOf(string method, bool named, bool watch) => method switch
    {
        "GET" or "HEAD" => watch ? "watch" : named ? "get" : "list",
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => named ? "delete" : "deletecollection",
        _ => method.ToLowerInvariant(),
    };
}
