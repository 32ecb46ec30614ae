using Shared.Hosting;

namespace NodeActor.Hosting;

/// <summary>One node process.</summary>
public static class NodeProcess
{
    /// <summary>Runs the node until <paramref name="stop"/> is signalled, and returns the exit code. Pods go on running without it.</summary>
    public static async Task<int> Run(NodeProcessOptions options, CancellationToken stop)
    {
        NodeHost host;
        try
        {
            host = await NodeHost.Start(options, TimeProvider.System, stop);
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
        catch (DataFolderTakenException taken)
        {
            await Console.Error.WriteLineAsync(taken.Message);
            return 1;
        }
        await using (host)
        {
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = stop.Register(() => stopped.TrySetResult());
            await Task.WhenAny(stopped.Task, host.Ended);
            return stopped.Task.IsCompleted ? 0 : 1;
        }
    }
}
