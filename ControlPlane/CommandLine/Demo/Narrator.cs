using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace ControlPlane.CommandLine.Demo;

/// <summary>Tells the story on the terminal: numbered steps with a spinner, the commands that are run, and each fact once it is verified.</summary>
internal sealed class Narrator(IAnsiConsole console, int steps)
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);
    private int _step;

    /// <summary>One line that always shows the latest state; empty for none.</summary>
    public Func<string> Ticker { get; set; } = () => "";

    /// <summary>Plays one step. When it throws, the step has failed and the exception goes on.</summary>
    public async Task Step(string title, Func<Task> play)
    {
        var heading = $"{++_step}/{steps} {title}";
        var watch = Stopwatch.StartNew();
        console.MarkupLineInterpolated($"[bold]{heading}[/]");
        try
        {
            await WithSpinner(title, watch, play);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            console.MarkupLineInterpolated($"  [red]✗[/] {e.Message}");
            throw;
        }
        console.MarkupLineInterpolated($"  [grey]{watch.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s[/]");
    }

    /// <summary>Tells something that was verified.</summary>
    public void Fact(string text) => console.MarkupLineInterpolated($"  [green]✓[/] {text}");

    /// <summary>Tells a command.</summary>
    public void Command(string text) => console.MarkupLineInterpolated($"  [grey]$ {text}[/]");

    // A log needs no spinner: there each turn of it would be a line.
    private Task WithSpinner(string title, Stopwatch watch, Func<Task> play) => !console.Profile.Capabilities.Interactive
        ? play()
        : console.Status().StartAsync(Markup.Escape(title), async status =>
        {
            await using var timer = new Timer(_ => status.Status = Markup.Escape(Line(title, watch)), null, Refresh, Refresh);
            await play();
        });

    private string Line(string title, Stopwatch watch)
    {
        var seconds = watch.Elapsed.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        var ticker = Ticker();
        return ticker.Length == 0 ? $"{title} ({seconds} s)" : $"{title} ({seconds} s)   {ticker}";
    }
}
