using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Shared.Api;

/// <summary>One cause of a rejection: the field it names, a reason such as <c>FieldValueRequired</c> and a sentence.</summary>
public sealed record StatusCause(string Reason, string Message, string Field);

/// <summary>
/// A rejection as a value: what becomes a <c>meta/v1 Status</c> of a failed request. The reasons and codes are those of
/// Kubernetes' <c>StatusReason</c>.
/// </summary>
public sealed record ApiStatus(int Code, string Reason, string Message)
{
    /// <summary>Every cause found, not only the first.</summary>
    public ImmutableArray<StatusCause> Causes { get; init; } = [];

    /// <summary>The object's name, group and kind (a plural resource where the kind is not known) for <c>details</c>.</summary>
    public string Name { get; init; } = "";
    public string Group { get; init; } = "";
    public string Kind { get; init; } = "";
    public string Uid { get; init; } = "";

    /// <summary>Seconds after which the client may try again; 0 for none.</summary>
    public int RetryAfterSeconds { get; init; }

    public static ApiStatus BadRequest(string message) => new(400, "BadRequest", message);
    public static ApiStatus Unauthorized() => new(401, "Unauthorized", "Unauthorized");
    public static ApiStatus Forbidden(string message) => new(403, "Forbidden", message);
    public static ApiStatus NotFound(ObjectKey key) =>
        new(404, "NotFound", $"{key.GroupResource} \"{key.Name}\" not found") { Name = key.Name, Group = key.Group, Kind = key.Resource };
    public static ApiStatus NoSuchPath() => new(404, "NotFound", "the server could not find the requested resource");
    public static ApiStatus MethodNotAllowed(string message) => new(405, "MethodNotAllowed", message);
    public static ApiStatus NotAcceptable(string message) => new(406, "NotAcceptable", message);
    public static ApiStatus AlreadyExists(ObjectKey key) =>
        new(409, "AlreadyExists", $"{key.GroupResource} \"{key.Name}\" already exists") { Name = key.Name, Group = key.Group, Kind = key.Resource };
    public static ApiStatus Conflict(ObjectKey key, string message) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {key.GroupResource} \"{key.Name}\": {message}") { Name = key.Name, Group = key.Group, Kind = key.Resource };
    public static ApiStatus Expired(string message) => new(410, "Expired", message);
    public static ApiStatus TooLarge(string message) => new(413, "RequestEntityTooLarge", message);
    public static ApiStatus UnsupportedMediaType(string message) => new(415, "UnsupportedMediaType", message);
    public static ApiStatus TooManyRequests(string message, int retryAfterSeconds = 1) =>
        new(429, "TooManyRequests", message) { RetryAfterSeconds = retryAfterSeconds };
    public static ApiStatus InternalError(string message) => new(500, "InternalError", message);
    public static ApiStatus ServiceUnavailable(string message) => new(503, "ServiceUnavailable", message) { RetryAfterSeconds = 1 };
    public static ApiStatus Timeout(string message) => new(504, "Timeout", message) { RetryAfterSeconds = 1 };

    /// <summary>422 with every offending field, worded as Kubernetes does.</summary>
    public static ApiStatus Invalid(string group, string kind, string name, IReadOnlyList<StatusCause> causes)
    {
        var each = causes.Select(cause => cause.Field.Length == 0 ? cause.Message : $"{cause.Field}: {cause.Message}").ToArray();
        var text = each.Length == 1 ? each[0] : $"[{string.Join(", ", each)}]";
        var qualified = group.Length == 0 ? kind : $"{kind}.{group}";
        return new(422, "Invalid", $"{qualified} \"{name}\" is invalid: {text}") { Name = name, Group = group, Kind = kind, Causes = [.. causes] };
    }

    /// <summary>The <c>Status</c> object that answers the request.</summary>
    public JsonObject ToJson()
    {
        var details = new JsonObject();
        if (Name.Length > 0) details["name"] = Name;
        if (Group.Length > 0) details["group"] = Group;
        if (Kind.Length > 0) details["kind"] = Kind;
        if (Uid.Length > 0) details["uid"] = Uid;
        if (Causes.Length > 0)
        {
            details["causes"] = new JsonArray([.. Causes.Select(cause => (JsonNode)new JsonObject
            {
                ["reason"] = cause.Reason,
                ["message"] = cause.Message,
                ["field"] = cause.Field,
            })]);
        }
        if (RetryAfterSeconds > 0) details["retryAfterSeconds"] = RetryAfterSeconds;
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = Message,
            ["reason"] = Reason,
        };
        if (details.Count > 0) status["details"] = details;
        status["code"] = Code;
        return status;
    }
}
