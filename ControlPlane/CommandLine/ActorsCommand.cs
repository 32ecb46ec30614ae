using System.CommandLine;
using System.CommandLine.Help;
using ControlPlane.Hosting;
using Shared.Hosting;
using Shared.Joining;
using Shared.Processes;
using Spectre.Console;

namespace ControlPlane.CommandLine;

/// <summary>The program's command line. Without a verb it shows its help.</summary>
public static class ActorsCommand
{
    /// <summary>Runs the verb in <paramref name="arguments"/> and returns the exit code.</summary>
    public static async Task<int> Run(string[] arguments)
    {
        var root = Build();
        try
        {
            return await root.Parse(arguments).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (e is CommandFailedException or ProgramFailedException or DataFolderTakenException or ClusterElsewhereException or ForeignIdentityException or JoinRefusedException)
        {
            Terminal.Progress.MarkupLineInterpolated($"[red]error:[/] {e.Message}");
            return 1;
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
    }

    /// <summary>The command with all its verbs.</summary>
    public static Command Build()
    {
        // Not a RootCommand: that is called what the program's file is called, and users know this one as actors.
        var root = new Command("actors", "A Kubernetes control plane made of actors, and the clusters it runs on this machine.")
        {
            new HelpOption { Recursive = true },
            new VersionOption(),
            ServeCommand.Build(),
            UpCommand.Build(),
            DownCommand.Build(),
            StatusCommand.Build(),
            ImageCommand.Build(),
            KeysCommand.Build(),
            BackupCommand.Build(),
            RestoreCommand.Build(),
            HistoryCommand.Build(),
            TokenCommand.Build(),
            DemoCommand.Build(),
        };
        root.SetAction(parse => root.Parse(["--help"]).Invoke(parse.InvocationConfiguration));
        return root;
    }
}
