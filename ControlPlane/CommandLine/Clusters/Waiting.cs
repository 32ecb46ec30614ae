using System.Diagnostics;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>Waits for something outside this process that tells nobody when it happens.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks again and again; false when it did not come true within <paramref name="patience"/>.</summary>
    public static async Task<bool> Until(Func<Task<bool>> condition, TimeSpan patience, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > patience) return false;
            await Task.Delay(Pause, stop);
        }
        return true;
    }

    /// <inheritdoc cref="Until(Func{Task{bool}}, TimeSpan, CancellationToken)"/>
    public static Task<bool> Until(Func<bool> condition, TimeSpan patience, CancellationToken stop) =>
        Until(() => Task.FromResult(condition()), patience, stop);
}
