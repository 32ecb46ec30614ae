using NodeActor.Runtime;
using NodeActor.Runtime.Containerd;

namespace NodeActor.Hosting;

/// <summary>Waits for containerd, which may be started after, or with, the agent.</summary>
internal static class ContainerdReadiness
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Completes with the runtime's version once it answers.</summary>
    /// <exception cref="OperationCanceledException">Cancelled before that.</exception>
    public static async Task<string> WaitUntilReady(this ContainerdRuntime runtime, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                return await runtime.VersionAsync(stop);
            }
            catch (RuntimeException)
            {
                // Not there yet: its socket refuses, or does not exist.
                await Task.Delay(Pause, stop);
            }
        }
    }
}
