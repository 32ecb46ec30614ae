using System.CommandLine;
using System.Globalization;
using ControlPlane.CommandLine.Backups;
using ControlPlane.CommandLine.Clusters;
using Spectre.Console;

namespace ControlPlane.CommandLine;

/// <summary><c>restore FILE</c>: puts a backup into an empty database, of the kind it was taken of or of the other.</summary>
internal static class RestoreCommand
{
    public static Command Build()
    {
        var file = new Argument<FileInfo>("file") { Description = "A file that 'actors backup' wrote." };
        var data = ClusterOptions.Data();
        var database = ClusterOptions.Database("An empty PostgreSQL database to restore into; a later up remembers it.");
        var controlPlanes = ClusterOptions.ControlPlanes("3 or 5: restore into a private PostgreSQL server in the directory; 1: into a SQLite file. A later up remembers it.");
        var exact = new Option<bool>("--exact")
        {
            Description = "Go on with the resourceVersion after the backup's last, so that watches and caches stay good: to move a cluster that was stopped before the backup. "
                + $"Without it the next one is {ClusterRestore.Jump.ToString("N0", CultureInfo.InvariantCulture)} higher, and watches begin anew.",
        };
        var command = new Command("restore", "Put a backup into an empty database, all of it or nothing.") { file, data, database, controlPlanes, exact };
        command.SetAction(async (parse, stop) =>
        {
            var folder = new ClusterFolder(parse.GetRequiredValue(data));
            var restored = await new ClusterRestore(folder, parse.GetRequiredValue(file).FullName)
            {
                Database = ClusterOptions.DatabaseOrVariable(parse.GetValue(database)),
                ControlPlanes = parse.GetValue(controlPlanes),
                Exact = parse.GetValue(exact),
            }.Run(stop);
            Terminal.Output.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[green]✓[/] {restored.Events:N0} events, as of {restored.Taken:u}, are in {restored.Into}; the next resourceVersion is {restored.Head + 1}");
            if (restored.Left is { } left) Terminal.Progress.MarkupLineInterpolated($"{left} is not used any more; delete it when you are content.");
            if (!File.Exists(Path.Combine(folder.Path, "pki", "admin.token")))
            {
                Terminal.Progress.MarkupLineInterpolated($"There is no pki/admin.token in {folder.Path}: a new one will be made, and the cluster's old one is not believed any more.");
            }
            Terminal.Progress.MarkupLineInterpolated($"Start the cluster with: actors up --data {folder.Path}");
            return 0;
        });
        return command;
    }
}
