namespace Shared.Hosting;

/// <summary>One process of a kind at a time works on a data folder. The system lets go of the lock when the process ends, however it ends.</summary>
public static class DataFolderLock
{
    /// <summary>Takes the folder, which is made where it is missing; it is free again when the result is disposed.</summary>
    /// <param name="name">The lock's file in the folder: one for each kind of process.</param>
    /// <param name="refusal">What to tell the user whose process comes second.</param>
    /// <exception cref="DataFolderTakenException">Another process has it.</exception>
    public static IDisposable Take(string folder, string name, string refusal)
    {
        Directory.CreateDirectory(folder);
        try
        {
            return new FileStream(Path.Combine(folder, name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException taken)
        {
            throw new DataFolderTakenException(refusal, taken);
        }
    }
}

/// <summary>A process can't start because another one works on its data folder. The message is for the user.</summary>
public sealed class DataFolderTakenException(string message, Exception cause) : Exception(message, cause);
