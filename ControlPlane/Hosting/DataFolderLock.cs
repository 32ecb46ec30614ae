namespace ControlPlane.Hosting;

/// <summary>
/// One process at a time works on a data folder: its SQLite file has one writer, and its keys are one member's. The system lets go of the lock when the process
/// ends, however it ends.
/// </summary>
internal static class DataFolderLock
{
    /// <summary>Takes the folder; it is free again when the result is disposed.</summary>
    /// <exception cref="DataFolderTakenException">Another process has it.</exception>
    public static IDisposable Take(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "control-plane.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException taken)
        {
            throw new DataFolderTakenException(
                $"Another control plane runs on {folder}. Each needs a data folder of its own, and several on one journal need --database: a SQLite file is for one.", taken);
        }
    }
}

/// <summary>A control plane can't start because another one works on its data folder. The message is for the user.</summary>
public sealed class DataFolderTakenException(string message, Exception cause) : Exception(message, cause);
