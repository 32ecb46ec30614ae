using System.CommandLine;
using ControlPlane.CommandLine.Clusters;
using Spectre.Console;

namespace ControlPlane.CommandLine;

/// <summary><c>down</c>: stops a cluster and takes all it had off the machine, whatever state it is in. The data stays.</summary>
internal static class DownCommand
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromMinutes(2);

    public static Command Build()
    {
        var data = ClusterOptions.Data();
        var command = new Command("down", "Stop a cluster and remove its processes, containers and networks. Its objects stay in the data directory.") { data };
        command.SetAction(async (parse, stop) =>
        {
            var folder = new ClusterFolder(parse.GetRequiredValue(data));
            if (!Directory.Exists(folder.Path) && new ClusterTeardown(folder).Left().Count == 0)
            {
                Terminal.Progress.MarkupLineInterpolated($"There is no cluster in {folder.Path}.");
                return 0;
            }
            await Down(folder, stop);
            Terminal.Done($"the cluster in {folder.Path} is down");
            return 0;
        });
        return command;
    }

    /// <summary>Takes the cluster of a folder down.</summary>
    /// <exception cref="CommandFailedException">Something could not be removed; the message names it.</exception>
    public static async Task Down(ClusterFolder folder, CancellationToken stop)
    {
        using var mine = await FolderLock.Take(folder.Path, LockPatience, stop);
        var left = await new ClusterTeardown(folder).Run(stop);
        if (left.Count > 0) throw new CommandFailedException($"These could not be removed:\n{string.Join('\n', left.Select(line => $"  - {line}"))}");
    }
}
