using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.CommandLine.Clusters;
using Shared.Json;

namespace ControlPlane.CommandLine.Demo;

/// <summary>A client that writes one object through the cluster's address without pause, and notes for how long it was not let.</summary>
internal sealed class WriteClient : IAsyncDisposable
{
    /// <summary>The ConfigMap it writes.</summary>
    public const string Name = "demo-writes";

    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly ClusterClient _api;
    private readonly Task _work;
    private long _acknowledged;
    private long _longest;

    /// <summary>Begins to write.</summary>
    public WriteClient(ClusterClient api)
    {
        _api = api;
        _work = Task.Run(Work);
    }

    /// <summary>The number in the last write that was acknowledged.</summary>
    public long Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>The longest time from one acknowledged write to the next.</summary>
    public TimeSpan LongestGap => TimeSpan.FromTicks(Volatile.Read(ref _longest));

    /// <summary>Stops to write; the number that is stored then.</summary>
    public async Task<long> Finish(CancellationToken stop)
    {
        await _stop.CancelAsync();
        await _work;
        return long.TryParse((await _api.Get($"{ConfigMaps}/{Name}", stop)).Text("data", "number"), CultureInfo.InvariantCulture, out var stored) ? stored : 0;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        _stop.Dispose();
        _api.Dispose();
    }

    private async Task Work()
    {
        try
        {
            await _api.Post(ConfigMaps, new JsonObject { ["metadata"] = new JsonObject { ["name"] = Name } }, _stop.Token);
            var last = Stopwatch.GetTimestamp();
            for (var number = 1L; ; number++)
            {
                var text = number.ToString(CultureInfo.InvariantCulture);
                while (await _api.Patch($"{ConfigMaps}/{Name}", new JsonObject { ["data"] = new JsonObject { ["number"] = text } }, _stop.Token) is null) await Task.Delay(Pause, _stop.Token);
                var gap = Stopwatch.GetElapsedTime(last).Ticks;
                if (gap > _longest) Volatile.Write(ref _longest, gap);
                last = Stopwatch.GetTimestamp();
                Volatile.Write(ref _acknowledged, number);
                await Task.Delay(Pause, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // It was told to stop.
        }
    }
}
