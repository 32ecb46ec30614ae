using System.CommandLine;
using Shared.Processes;
using Spectre.Console;

namespace ControlPlane.CommandLine;

/// <summary>The program's command line. Without a verb it is a control plane process.</summary>
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
        catch (Exception e) when (e is CommandFailedException or ProgramFailedException)
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
    public static RootCommand Build()
    {
        var root = new RootCommand("A Kubernetes control plane made of actors, and the clusters it runs on this machine.")
        {
            ServeCommand.Build(),
            UpCommand.Build(),
            DownCommand.Build(),
            StatusCommand.Build(),
            ImageCommand.Build(),
            DemoCommand.Build(),
        };
        ServeCommand.AttachTo(root);
        return root;
    }
}
