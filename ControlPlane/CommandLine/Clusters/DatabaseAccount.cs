using Shared.Hosting;
using Shared.Processes;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>What the account has that the database runs as: <see cref="PostgresPrograms.Account"/> when we are root, else the user.</summary>
internal static class DatabaseAccount
{
    /// <summary>Makes a folder of the server's own. Its account must pass through those above it, and may see nothing else in them.</summary>
    /// <exception cref="CommandFailedException">The account can't come there.</exception>
    public static async Task Open(ClusterFolder folder, string path, CancellationToken stop)
    {
        PrivateFile.CreateFolder(path);
        if (!Environment.IsPrivilegedProcess) return;
        await Give(path, stop);
        string[] above = path.StartsWith(folder.Path + "/", StringComparison.Ordinal) ? [folder.Path] : [Path.GetDirectoryName(folder.RunDirectory)!, folder.RunDirectory];
        await ExternalProgram.Run("chgrp", [PostgresPrograms.Account, .. above], stop: stop);
        await ExternalProgram.Run("chmod", ["g+x", .. above], stop: stop);
        var test = PostgresPrograms.Command("test", "-w", path);
        if (!(await ExternalProgram.TryRun(test[0], test[1..], stop: stop)).Succeeded)
        {
            throw new CommandFailedException($"The database runs as the account {PostgresPrograms.Account}, for which {path} is out of reach: a folder above it is closed to others. Choose another --data, for example below /var/lib.");
        }
    }

    /// <summary>Makes a file or folder the server's own.</summary>
    public static async Task Give(string path, CancellationToken stop)
    {
        if (Environment.IsPrivilegedProcess) await ExternalProgram.Run("chown", [$"{PostgresPrograms.Account}:{PostgresPrograms.Account}", path], stop: stop);
    }
}
