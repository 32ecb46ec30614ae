using System.Buffers;
using System.Globalization;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Gateway;

/// <summary>
/// WATCH: every change of the selected objects after a revision, in order and without gaps, until the client leaves or its time is up. A watch that
/// cannot be served without a gap ends with 410 Gone; a slow client falls behind the window and gets the same.
/// </summary>
public sealed class WatchHandler(WatchCache cache, JournalReader journal, Responses responses, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private const int MaxBatch = 256;
    private static readonly TimeSpan BookmarkInterval = TimeSpan.FromSeconds(30);

    /// <summary>Serves the watch; a rejection is returned before anything was sent.</summary>
    public async Task<ApiStatus?> Watch(GatewayRequest request)
    {
        if (!Selection.TryParse(request, out var selection, out var refusal)) return refusal;
        if (ReadVersion.TryReadWatch(request, out var version, out var initial) is { } noVersion) return noVersion;
        var seconds = 0L;
        if (request.Query["timeoutSeconds"] is [{ Length: > 0 } limit, ..] && (!long.TryParse(limit, out seconds) || seconds < 0))
        {
            return ApiStatus.BadRequest($"invalid timeoutSeconds \"{limit}\": must be a non-negative integer");
        }
        var lasting = seconds > 0 ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromMinutes(30 + Random.Shared.Next(30));
        // One that begins with what there is shows no less than a list would; one that goes on from a version waits for it with its answer begun.
        if ((version.Revision is null || initial) && await version.Wait(cache, journal, request.Http.RequestAborted) is { } behind) return behind;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(request.Http.RequestAborted, lifetime.ApplicationStopping);
        using var timer = time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), ending, lasting, Timeout.InfiniteTimeSpan);
        var session = new Session(cache, responses, time, request, selection, ending.Token);
        try
        {
            await session.Run(version.Revision ?? 0, initial);
        }
        catch (OperationCanceledException)
        {
            // The client has left, the watch has lasted as long as it may, or the process ends: all are how a watch ends.
        }
        catch (VersionConversionException fault)
        {
            await session.End(ApiStatus.InternalError(fault.Message));
        }
        return null;
    }

    private sealed class Session(WatchCache cache, Responses responses, TimeProvider time, GatewayRequest request, Selection selection, CancellationToken ending)
    {
        private readonly ResourceCache _resource = cache.Of(request.Kind.Storage);
        private readonly bool _bookmarks = request.Query["allowWatchBookmarks"] is ["true" or "1", ..];
        private bool _first = true;

        public async Task Run(long from, bool sendInitialEvents)
        {
            request.Http.Response.ContentType = "application/json";
            var output = request.Http.Response.BodyWriter;
            long? position;
            // From a revision that another control plane has shown the client: what comes before it is no news.
            if (from > cache.Revision)
            {
                await output.FlushAsync(ending);
                await cache.WaitFor(from, ending);
            }
            if (from == 0 || sendInitialEvents)
            {
                // The position is taken first: what is committed meanwhile is then sent twice at worst, as a change to what was listed.
                var snapshot = _resource.Snapshot;
                position = _resource.PositionAfter(snapshot.Revision);
                foreach (var live in snapshot.Objects)
                {
                    if (!selection.Matches(live)) continue;
                    await Write("ADDED", live);
                    if (output.UnflushedBytes > 64 * 1024) await output.FlushAsync(ending);
                }
                if (sendInitialEvents) Bookmark(Math.Max(snapshot.Revision, from), initialEventsEnd: true);
            }
            else position = _resource.PositionAfter(from);
            await output.FlushAsync(ending);
            request.Seat.Dispose();
            if (position is { } start) await Follow(start);
            if (!ending.IsCancellationRequested) await Gone(from);
        }

        private async Task Follow(long position)
        {
            var output = request.Http.Response.BodyWriter;
            var changes = new List<ObjectChange>();
            var lastBookmark = time.GetTimestamp();
            using var scope = _resource.Enter(selection.Namespace, request.Kind.Namespaced && selection.Namespace.Length == 0 ? "" : selection.ExactName);
            while (!ending.IsCancellationRequested)
            {
                var changed = scope.Changed;
                changes.Clear();
                if (!_resource.TryRead(position, MaxBatch, changes)) return;
                if (changes.Count > 0)
                {
                    position += changes.Count;
                    foreach (var change in changes) await Write(change);
                    if (output.UnflushedBytes > 0) await output.FlushAsync(ending);
                    continue;
                }
                if (!_bookmarks)
                {
                    position = Math.Max(position, await changed.WaitAsync(ending));
                    continue;
                }
                if (BookmarkInterval - time.GetElapsedTime(lastBookmark) is var wait && wait > TimeSpan.Zero && await Happens(changed, wait) is { } next)
                {
                    position = Math.Max(position, next);
                    continue;
                }
                lastBookmark = time.GetTimestamp();

                // In this order: what is older than either was told to this watch, if it concerns it.
                var (seen, told) = (cache.Revision, _resource.Published);
                if (changed.IsCompleted) continue;
                position = Math.Max(position, told);
                Bookmark(seen, initialEventsEnd: false);
                await output.FlushAsync(ending);
            }
        }

        private async Task<long?> Happens(Task<long> changed, TimeSpan wait)
        {
            try
            {
                return await changed.WaitAsync(wait, time, ending);
            }
            catch (TimeoutException)
            {
                return null;
            }
        }

        private ValueTask Write(ObjectChange change)
        {
            // Nobody has seen what was never there.
            if (change is { Deleted: true, Previous: null }) return ValueTask.CompletedTask;
            var isMatch = !change.Deleted && selection.Matches(change.Object);
            var wasMatch = change.Previous is { } before && selection.Matches(before);
            if (change.Deleted && selection.IsEverything) wasMatch = selection.Matches(change.Object);
            if (isMatch) return Write(wasMatch ? "MODIFIED" : "ADDED", change.Object);
            if (!wasMatch) return ValueTask.CompletedTask;
            return Write("DELETED", change.Deleted ? change.Object : Left(change.Previous!, change.Object.Revision));
        }

        // What leaves the selection is shown as it was in it, under the version at which it left: the client may not be meant to see what it is now.
        private static StoredObject Left(StoredObject before, long revision)
        {
            var tree = before.ToJsonObject();
            tree.Metadata()["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture);
            return new(before.Key, ObjectJson.ToUtf8(tree), revision, managed: before.Managed);
        }

        private ValueTask Write(string type, StoredObject stored)
        {
            var first = _first;
            _first = false;
            return responses.WatchEvent(request, request.Http.Response.BodyWriter, type, stored, first);
        }

        private void Bookmark(long revision, bool initialEventsEnd)
        {
            var annotations = initialEventsEnd ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "";
            var text = $"{{\"type\":\"BOOKMARK\",\"object\":{{\"kind\":\"{request.Kind.Kind}\",\"apiVersion\":\"{request.Kind.GroupVersion}\",\"metadata\":{{\"resourceVersion\":\"{revision}\",\"creationTimestamp\":null{annotations}}}}}}}\n";
            request.Http.Response.BodyWriter.Write(System.Text.Encoding.UTF8.GetBytes(text));
        }

        private Task Gone(long from) => End(ApiStatus.Expired($"too old resource version: {from} ({cache.Revision})"));

        /// <summary>Says why the watch ends.</summary>
        public async Task End(ApiStatus status)
        {
            var output = request.Http.Response.BodyWriter;
            output.Write("{\"type\":\"ERROR\",\"object\":"u8);
            output.Write(ObjectJson.ToUtf8(status.ToJson()));
            output.Write("}\n"u8);
            await output.FlushAsync(ending);
        }
    }
}
