using System.CommandLine;
using System.Globalization;
using ControlPlane.CommandLine.Backups;
using ControlPlane.CommandLine.Clusters;
using Spectre.Console;

namespace ControlPlane.CommandLine;

/// <summary><c>backup FILE</c>: everything a cluster must have to be restored, in one file, while it runs or not.</summary>
internal static class BackupCommand
{
    public static Command Build()
    {
        var file = new Argument<FileInfo>("file") { Description = "The file to write, mode 0600. One that is there is replaced once the new one is whole." };
        var data = ClusterOptions.Data();
        var database = ClusterOptions.Database("The cluster's PostgreSQL database, if it is not known from its directory.");
        var keys = new Option<bool>("--keys")
        {
            Description = $"Put {BackupKeys.All} into the file too, in clear text: whoever can read the file then has the cluster. Without it they must be kept elsewhere.",
        };
        var command = new Command("backup", "Write a cluster's objects and their history to one file, as of one moment; the cluster may run.") { file, data, database, keys };
        command.SetAction(async (parse, stop) =>
        {
            var (folder, path, withKeys) = (new ClusterFolder(parse.GetRequiredValue(data)), parse.GetRequiredValue(file).FullName, parse.GetValue(keys));
            var taken = await ClusterBackup.Take(folder, path, ClusterOptions.DatabaseOrVariable(parse.GetValue(database)), withKeys, stop);
            Terminal.Output.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[green]✓[/] {path}: {taken.Events:N0} events up to resourceVersion {taken.Head}, {taken.Size:N0} bytes");
            Terminal.Progress.MarkupLineInterpolated(withKeys
                ? (FormattableString)$"The cluster's keys are in it: whoever can read it has the cluster."
                : $"No key is in it. To restore it you will need {BackupKeys.All} of {folder.Path}: keep them elsewhere.");
            return 0;
        });
        return command;
    }
}
