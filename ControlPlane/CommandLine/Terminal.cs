using Spectre.Console;

namespace ControlPlane.CommandLine;

/// <summary>What the user sees: results go to standard output, the story of how they came about to standard error.</summary>
internal static class Terminal
{
    // Wide enough that no line is broken when a program reads it.
    private const int Unlimited = 500;

    /// <summary>For results; safe to pipe.</summary>
    public static IAnsiConsole Output { get; } = Create(Console.Out, Console.IsOutputRedirected);

    /// <summary>For progress and errors.</summary>
    public static IAnsiConsole Progress { get; } = Create(Console.Error, Console.IsErrorRedirected);

    /// <summary>Tells that something is done.</summary>
    public static void Done(string what) => Progress.MarkupLineInterpolated($"[green]✓[/] {what}");

    private static IAnsiConsole Create(TextWriter writer, bool redirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (redirected) console.Profile.Width = Unlimited;
        return console;
    }
}
