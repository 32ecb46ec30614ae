using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Gateway;

/// <summary>GET of one object and LIST, from the watch cache. A rejection is returned; null means the answer was written.</summary>
public sealed class ReadHandler(WatchCache cache, JournalReader journal, ListPages pages, Responses responses)
{
    /// <summary>Answers with the named object.</summary>
    public async Task<ApiStatus?> Get(GatewayRequest request)
    {
        if (ReadVersion.TryRead(request, out var version) is { } refusal) return refusal;
        if (await version.Wait(cache, journal, request.Http.RequestAborted) is { } behind) return behind;
        var key = request.Key();
        if (cache.Get(key) is not { } found) return ApiStatus.NotFound(key);
        await responses.Object(request, found);
        return null;
    }

    /// <summary>Answers with the matching objects, a page at a time if a limit is given.</summary>
    public async Task<ApiStatus?> List(GatewayRequest request)
    {
        if (!Selection.TryParse(request, out var selection, out var refusal)) return refusal;
        var limit = 0L;
        if (request.Query["limit"] is [{ Length: > 0 } text, ..] && (!long.TryParse(text, out limit) || limit < 0))
        {
            return ApiStatus.BadRequest($"invalid limit \"{text}\": must be a non-negative integer");
        }
        if (ReadVersion.TryRead(request, out var version) is { } noVersion) return noVersion;
        if (await version.Wait(cache, journal, request.Http.RequestAborted) is { } behind) return behind;
        var resource = request.Kind.Storage;
        var (snapshot, start, end, error) = Range(request, resource, selection, version);
        if (error is not null) return error;
        var items = new List<StoredObject>(limit > 0 ? (int)Math.Min(limit, 512) : 16);
        var next = start;
        var everything = selection.IsEverything;
        for (; next < end && (limit == 0 || items.Count < limit); next++)
        {
            var candidate = snapshot!.Objects[next];
            if (everything || selection.Matches(candidate)) items.Add(candidate);
        }
        string? continueAt = null;
        if (next < end && items.Count > 0)
        {
            continueAt = new ContinueToken(snapshot!.Revision, items[^1].Key.Namespace, items[^1].Key.Name).ToString();
            pages.Keep(resource, snapshot);
        }
        await responses.List(request, items, snapshot!.Revision, continueAt, continueAt is not null && everything ? end - next : null);
        return null;
    }

    private (ResourceSnapshot? Snapshot, int Start, int End, ApiStatus? Refusal) Range(GatewayRequest request, GroupResource resource, Selection selection, ReadVersion version)
    {
        var ns = selection.Namespace;
        ResourceSnapshot? snapshot;
        var start = -1;
        if (request.Query["continue"] is [{ Length: > 0 } text, ..])
        {
            if (ContinueToken.Parse(text) is not { } token) return (null, 0, 0, ApiStatus.BadRequest("continue key is not valid"));
            snapshot = pages.Find(resource, token.Revision) ?? cache.Of(resource).SnapshotAt(token.Revision);
            if (snapshot is null)
            {
                return (null, 0, 0, ApiStatus.Expired("The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter."));
            }
            start = snapshot.IndexAfter(token.Namespace, token.Name);
        }
        else
        {
            snapshot = version is { Exact: true, Revision: { } revision } ? cache.Of(resource).SnapshotAt(revision) : cache.List(resource);
            if (snapshot is null) return (null, 0, 0, ApiStatus.Expired($"The resourceVersion for the provided list is too old: {version.Revision}"));
        }
        if (ns.Length == 0) return (snapshot, Math.Max(start, 0), snapshot.Objects.Count, null);
        var first = snapshot.IndexAfter(ns, "");
        return (snapshot, Math.Max(start, first), snapshot.IndexAfter(ns + "\0", ""), null);
    }
}
