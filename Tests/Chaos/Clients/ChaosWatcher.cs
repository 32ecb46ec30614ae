using System.Net;
using System.Text.Json;
using Shared.Json;
using Tests.Chaos.Recording;

namespace Tests.Chaos.Clients;

/// <summary>
/// Watches all objects of the namespace, at one member as long as that serves it, then at the next, always from where it has come to. After 410 it begins anew with
/// the objects there are.
/// </summary>
internal sealed class ChaosWatcher(int number, IReadOnlyList<MemberApi> members, string @namespace, Recorder recorder, int seed)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly Random _random = new(HashCode.Combine(seed, number, "watcher"));
    private int _member = number % members.Count;
    private long _position;

    /// <summary>The revision up to which it has seen everything.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>Completes when it was told to end.</summary>
    public async Task Run(CancellationToken stop)
    {
        long? from = null;
        while (!stop.IsCancellationRequested)
        {
            var watch = await Watch(members[_member], from, stop);
            recorder.End(watch);
            from = watch.Ended == WatchEnd.Expired ? null : watch.Position;
            // A watch that ended before it told anything is tried elsewhere.
            if (watch.Events.Count > 0 && _random.Next(3) > 0) continue;
            _member = (_member + 1) % members.Count;
            if (watch.Events.Count == 0) await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private async Task<WatchRecord> Watch(MemberApi api, long? from, CancellationToken stop)
    {
        var watch = new WatchRecord(number, api.Member, from, Moment.Now);
        var (lines, begun) = (new List<WatchEvent>(), from is not null);
        try
        {
            using var response = await api.Watch(@namespace, from, TimeSpan.FromSeconds(_random.Next(5, 60)), stop);
            if (response.StatusCode == HttpStatusCode.Gone) return watch with { Ended = WatchEnd.Expired };
            if (!response.IsSuccessStatusCode) return watch;
            watch = watch with { Opened = Moment.Now };
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(stop));
            while (await reader.ReadLineAsync(stop) is { } text)
            {
                if (Read(text) is not { } line) return watch with { Events = lines, Ended = WatchEnd.Expired };
                lines.Add(line);
                recorder.Told();
                begun |= line.Type == WatchEvent.InitialEnd;
                if (begun) Volatile.Write(ref _position, line.Object.Revision);
            }
        }
        catch (Exception e) when (MemberApi.IsOutage(e) || e is JsonException)
        {
            // The member is gone, or has ended in the middle of a line.
        }
        return watch with { Events = lines };
    }

    // Null for the news that the server can't go on.
    private static WatchEvent? Read(string text)
    {
        using var json = JsonDocument.Parse(text);
        var (type, shown) = (json.RootElement.Text("type"), json.RootElement.GetProperty("object"));
        if (type == "ERROR") return null;
        if (type != WatchEvent.Bookmark) return new(Moment.Now, type, ObjectReading.Object(shown));
        if (shown.Text("metadata", "annotations", "k8s.io/initial-events-end") == "true") type = WatchEvent.InitialEnd;
        return new(Moment.Now, type, new("", ObjectReading.Revision(shown), "", Content.Empty));
    }
}
