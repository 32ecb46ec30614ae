namespace NodeActor.Hosting;

/// <summary>One node process.</summary>
public static class NodeProcess
{
    /// <summary>Runs the node until <paramref name="stop"/> is signalled, and returns the exit code. Pods go on running without it.</summary>
    public static async Task<int> Run(NodeProcessOptions options, CancellationToken stop)
    {
        await Console.Error.WriteLineAsync($"Node {options.Name} is not built yet.".AsMemory(), stop);
        return 1;
    }
}
