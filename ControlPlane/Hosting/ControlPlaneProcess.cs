namespace ControlPlane.Hosting;

/// <summary>One control plane process.</summary>
public static class ControlPlaneProcess
{
    /// <summary>Serves until <paramref name="stop"/> is signalled or the process is told to end, and returns the exit code.</summary>
    public static async Task<int> Run(ControlPlaneOptions options, CancellationToken stop)
    {
        await Console.Error.WriteLineAsync($"The control plane is not built yet (data in {options.DataDirectory}).".AsMemory(), stop);
        return 1;
    }
}
