namespace ControlPlane.Hosting;

/// <summary>One control plane process.</summary>
public static partial class ControlPlaneProcess
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Serves until <paramref name="stop"/> is signalled or the process is told to end, and returns the exit code. A member that the others gave up, because it was
    /// slow or out of reach for a while, joins again as a new one; only a first start that fails ends the process.
    /// </summary>
    public static async Task<int> Run(ControlPlaneOptions options, CancellationToken stop)
    {
        using var loggers = LoggerFactory.Create(ControlPlaneHost.Log);
        var logger = loggers.CreateLogger(typeof(ControlPlaneProcess));
        var served = false;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await Serve(options, () => served = true, stop);
                if (!stop.IsCancellationRequested) LogGivenUp(logger);
            }
            catch (MemberGivenUpException fault)
            {
                LogNotLetIn(logger, fault.Message);
            }
            catch (Exception fault) when (served && !stop.IsCancellationRequested)
            {
                LogFault(logger, fault);
                await Task.WhenAny(Task.Delay(Pause, stop));
            }
        }
        return 0;
    }

    private static async Task Serve(ControlPlaneOptions options, Action started, CancellationToken stop)
    {
        await using var host = await ControlPlaneHost.Start(options, stop: stop);
        started();
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.Register(() => stopped.TrySetResult());
        await Task.WhenAny(stopped.Task, host.Ended);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The other control planes gave this one up; it joins them again")]
    private static partial void LogGivenUp(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "It starts anew: {Why}")]
    private static partial void LogNotLetIn(ILogger logger, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "This control plane can't join again yet")]
    private static partial void LogFault(ILogger logger, Exception fault);
}
