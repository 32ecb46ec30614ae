using System.Data.Common;
using System.Globalization;
using ControlPlane.Journal;
using Shared.Api;

namespace ControlPlane.Gateway;

/// <summary>
/// How new what a read or watch shows must be: <c>resourceVersion</c> and <c>resourceVersionMatch</c> by the rules of Kubernetes' ListOptions, the same on every
/// member.
/// </summary>
/// <param name="Revision">The version asked for; null: the newest there is. 0: any.</param>
/// <param name="Exact">Just that version, no newer one.</param>
public sealed record ReadVersion(long? Revision, bool Exact)
{
    private const string NotOlderThan = "NotOlderThan";
    private const string JustThis = "Exact";

    /// <summary>What is waited for when nothing is asked for: all that was acknowledged before, by any control plane.</summary>
    public static ReadVersion Newest { get; } = new(null, Exact: false);

    /// <summary>Reads it for a list or a get.</summary>
    public static ApiStatus? TryRead(GatewayRequest request, out ReadVersion version)
    {
        version = Newest;
        var match = Text(request, "resourceVersionMatch");
        if (TryParse(request, out var revision) is { } unreadable) return unreadable;
        if (Text(request, "continue").Length > 0)
        {
            if (match.Length > 0) return Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
            version = new(0, Exact: false);
            return null;
        }
        if (match.Length > 0 && revision is null) return Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided");
        if (match is not ("" or JustThis or NotOlderThan)) return Unsupported(match, $"\"{JustThis}\", \"{NotOlderThan}\"");
        if (match == JustThis && revision == 0) return Forbidden("resourceVersionMatch", "resourceVersionMatch \"Exact\" is forbidden for resourceVersion \"0\"");
        version = new(revision, match == JustThis);
        return null;
    }

    /// <summary>Reads it for a watch.</summary>
    /// <param name="initial">Whether the watch begins with what there is, and says when that is told.</param>
    public static ApiStatus? TryReadWatch(GatewayRequest request, out ReadVersion version, out bool initial)
    {
        (version, initial) = (Newest, false);
        var (match, asked) = (Text(request, "resourceVersionMatch"), Text(request, "sendInitialEvents"));
        if (TryParse(request, out var revision) is { } unreadable) return unreadable;
        if (asked.Length > 0 && asked is not ("true" or "1" or "false" or "0")) return ApiStatus.BadRequest($"sendInitialEvents: Invalid value: \"{asked}\": must be true or false");
        if (asked.Length == 0 && match.Length > 0) return Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
        if (asked.Length > 0 && match.Length == 0) return Forbidden("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        if (match is not ("" or NotOlderThan)) return Unsupported(match, $"\"{NotOlderThan}\"");
        (version, initial) = (new(revision, Exact: false), asked is "true" or "1");
        return null;
    }

    /// <summary>
    /// Waits until the cache shows it; a rejection if it can't. A version that nobody has written yet is not waited for.
    /// </summary>
    public async Task<ApiStatus?> Wait(WatchCache cache, JournalReader journal, CancellationToken stop)
    {
        if (Revision <= cache.Revision) return null;
        try
        {
            var head = await journal.HeadRevision();
            if (Revision > head) return ApiStatus.Timeout($"Too large resource version: {Revision}, current: {head}") with { RetryAfterSeconds = 1 };
            await cache.WaitFor(head, stop);
            return null;
        }
        catch (Exception failure) when (failure is DbException or TimeoutException or JournalBusyException)
        {
            return ApiStatus.ServiceUnavailable(failure is JournalRewoundException ? failure.Message : "the journal cannot be asked for its latest revision; read with resourceVersion=0 for what is known here");
        }
    }

    private static ApiStatus? TryParse(GatewayRequest request, out long? revision)
    {
        revision = null;
        if (Text(request, "resourceVersion") is not { Length: > 0 } text) return null;
        if (!long.TryParse(text, CultureInfo.InvariantCulture, out var number) || number < 0)
        {
            return ApiStatus.BadRequest($"resourceVersion: Invalid value: \"{text}\": must be a non-negative number");
        }
        revision = number;
        return null;
    }

    private static string Text(GatewayRequest request, string parameter) => request.Query[parameter] is [{ } text, ..] ? text : "";

    private static ApiStatus Forbidden(string field, string why) => ApiStatus.Invalid("meta.k8s.io", "ListOptions", "", [new("FieldValueForbidden", $"Forbidden: {why}", field)]);

    private static ApiStatus Unsupported(string value, string supported) =>
        ApiStatus.Invalid("meta.k8s.io", "ListOptions", "", [new("FieldValueNotSupported", $"Unsupported value: \"{value}\": supported values: {supported}", "resourceVersionMatch")]);
}
