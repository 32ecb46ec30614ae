using Shared.Hosting;


namespace ControlPlane.CommandLine.Clusters;

/// <summary>Keeps two commands from working on one thing at once. The system lets go of it when the process ends, however it ends.</summary>
public static class FolderLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until the lock is free, at most <paramref name="patience"/>.</summary>
    /// <exception cref="CommandFailedException">It is still held after that.</exception>
    public static async Task<IDisposable> Take(string folder, TimeSpan patience, CancellationToken stop)
    {
        PrivateFile.CreateFolder(folder);
        var until = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (Environment.TickCount64 < until)
            {
                await Task.Delay(Pause, stop);
            }
            catch (IOException)
            {
                throw new CommandFailedException($"Another 'actors' command works on {folder}. Try again when it has ended.");
            }
        }
    }
}
