using System.CommandLine;
using System.Globalization;
using ControlPlane.CommandLine.Clusters;
using ControlPlane.CommandLine.History;
using Shared.Json;
using Spectre.Console;

namespace ControlPlane.CommandLine;

/// <summary><c>history KIND/NAME</c>: who wrote an object, when, and what each write changed; also of one that is gone.</summary>
internal static class HistoryCommand
{
    public static Command Build()
    {
        var what = new Argument<string>("what") { Description = "An object, such as deployment/web.", HelpName = "KIND/NAME" };
        var (data, @namespace) = (ClusterOptions.Data(), Namespace());
        var command = new Command("history", "Show who wrote an object, when, and what each write changed, for the last day at least; also of an object that was deleted.") { what, data, @namespace };
        command.SetAction(async (parse, stop) =>
        {
            using var client = ClusterClient.Of(new ClusterFolder(parse.GetRequiredValue(data)).Kubeconfig);
            var named = NamedObject.Read(parse.GetRequiredValue(what), parse.GetRequiredValue(@namespace));
            var versions = (await client.Send(HttpMethod.Get, named.HistoryPath, stop)).Objects("items").ToArray();
            if (versions.Length == 0) throw new CommandFailedException($"Nothing is known of {named}.");
            var table = new Table().Border(TableBorder.Simple).AddColumns("REVISION", "WHEN", "USER", "MANAGER", "VERB", "CHANGES");
            foreach (var version in versions)
            {
                table.AddRow(
                    (version.Number("revision") ?? 0).ToString(CultureInfo.InvariantCulture), version.Text("metadata", "creationTimestamp"), Markup.Escape(version.Text("user")), Markup.Escape(version.Text("manager")),
                    Markup.Escape(version.Text("verb")), Markup.Escape(string.Join('\n', version.Objects("changes").Select(Shown))));
            }
            Terminal.Output.Write(table);
            return 0;
        });
        return command;
    }

    /// <summary><c>--namespace NS</c>.</summary>
    public static Option<string> Namespace() => new("--namespace", "-n") { Description = "The object's namespace.", HelpName = "NS", DefaultValueFactory = _ => "default" };

    private static string Shown(System.Text.Json.Nodes.JsonObject change)
    {
        var (before, after) = (change["before"]?.ToJsonString(), change["after"]?.ToJsonString());
        var field = change.Text("field");
        return (before, after) switch
        {
            (null, null) => field,
            (null, _) => $"{field}: + {after}",
            (_, null) => $"{field}: - {before}",
            _ => $"{field}: {before} -> {after}",
        };
    }
}
