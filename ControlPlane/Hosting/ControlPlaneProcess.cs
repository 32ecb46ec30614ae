namespace ControlPlane.Hosting;

/// <summary>One control plane process.</summary>
public static class ControlPlaneProcess
{
    /// <summary>Serves until <paramref name="stop"/> is signalled or the process is told to end, and returns the exit code.</summary>
    public static async Task<int> Run(ControlPlaneOptions options, CancellationToken stop)
    {
        await using var host = await ControlPlaneHost.Start(options, stop: stop);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.Register(() => stopped.TrySetResult());
        await Task.WhenAny(stopped.Task, host.Ended);
        return stopped.Task.IsCompleted ? 0 : 1;
    }
}
