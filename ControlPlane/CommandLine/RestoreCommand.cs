using System.CommandLine;
using System.Globalization;
using ControlPlane.CommandLine.Backups;
using ControlPlane.CommandLine.Clusters;
using ControlPlane.CommandLine.History;
using Spectre.Console;

namespace ControlPlane.CommandLine;

/// <summary>
/// <c>restore FILE</c>: puts a backup into an empty database, of the kind it was taken of or of the other. <c>restore KIND/NAME --to REVISION</c>: gives one object of a running
/// cluster back what an earlier version of it said.
/// </summary>
internal static class RestoreCommand
{
    public static Command Build()
    {
        var what = new Argument<string>("what") { Description = "A file that 'actors backup' wrote; or, with --to, an object such as deployment/web.", HelpName = "FILE|KIND/NAME" };
        var to = new Option<long?>("--to") { Description = "The version of the object to go back to, as 'actors history' shows it. What the API writes itself, its status above all, stays; an object that was deleted is made anew.", HelpName = "REVISION" };
        var @namespace = HistoryCommand.Namespace();
        var data = ClusterOptions.Data();
        var database = ClusterOptions.Database("An empty PostgreSQL database to restore into; a later up remembers it.");
        var controlPlanes = ClusterOptions.ControlPlanes("3 or 5: restore into a private PostgreSQL server in the directory; 1: into a SQLite file. A later up remembers it.");
        var exact = new Option<bool>("--exact")
        {
            Description = "Go on with the resourceVersion after the backup's last, so that watches and caches stay good: to move a cluster that was stopped before the backup. "
                + $"Without it the next one is {ClusterRestore.Jump.ToString("N0", CultureInfo.InvariantCulture)} higher, and watches begin anew.",
        };
        var command = new Command("restore", "Put a backup into an empty database, all of it or nothing; or take one object back to an earlier version.") { what, data, to, @namespace, database, controlPlanes, exact };
        command.SetAction(async (parse, stop) =>
        {
            var folder = new ClusterFolder(parse.GetRequiredValue(data));
            if (parse.GetValue(to) is { } revision)
            {
                using var client = ClusterClient.Of(folder.Kubeconfig);
                var done = await NamedObject.Read(parse.GetRequiredValue(what), parse.GetRequiredValue(@namespace)).Restore(client, revision, stop);
                Terminal.Output.MarkupLineInterpolated($"[green]✓[/] {done}");
                return 0;
            }
            var file = new FileInfo(parse.GetRequiredValue(what));
            if (!file.Exists) throw new CommandFailedException($"There is no file {file.FullName}. To take an object back to an earlier version, name that with --to.");
            var restored = await new ClusterRestore(folder, file.FullName)
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
