using System.Collections.Immutable;
using System.Globalization;
using Shared.Processes;

namespace NodeActor.Networking;

/// <summary>Runs the programs that speak to the kernel's network, in the network namespace this process runs in.</summary>
/// <param name="enter">What is put before each command; empty outside tests, where the namespace is another one.</param>
public sealed class NetworkPrograms(ImmutableArray<string> enter)
{
    /// <summary>Runs a program.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="ProgramFailedException">It did not exit with 0.</exception>
    public Task<string> Run(string program, ImmutableArray<string> arguments, CancellationToken stop, string input = "")
    {
        var command = Command(program, arguments);
        return ExternalProgram.Run(command[0], command[1..], input, stop);
    }

    /// <summary>Gives lines to <c>ip</c> or <c>bridge</c>, each carried out whether or not others are.</summary>
    /// <returns>Those that were refused, and why.</returns>
    /// <exception cref="ProgramFailedException">It failed, and not at a line.</exception>
    public async Task<ImmutableArray<RefusedLine>> Batch(string program, ImmutableArray<string> lines, CancellationToken stop)
    {
        if (lines.Length == 0) return [];
        var command = Command(program, ["-force", "-batch", "-"]);
        var result = await ExternalProgram.TryRun(command[0], command[1..], string.Join('\n', lines) + "\n", stop);
        var refused = RefusedLine.Read(lines, result.Error);
        return result.Succeeded || refused.Length > 0 ? refused : throw new ProgramFailedException($"'{program} -batch' exited with {result.ExitCode}: {result.Error.Trim()}");
    }

    private ImmutableArray<string> Command(string program, ImmutableArray<string> arguments) => enter.Add(program).AddRange(arguments);
}

/// <summary>A line of a batch that the kernel did not take.</summary>
public readonly record struct RefusedLine(string Line, string Why)
{
    /// <summary>What <c>-force -batch</c> complained of, by the lines it was given.</summary>
    public static ImmutableArray<RefusedLine> Read(ImmutableArray<string> batch, string errors)
    {
        const string ends = "Command failed -:";
        var refused = ImmutableArray.CreateBuilder<RefusedLine>();
        var said = new List<string>();
        foreach (var line in errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!line.StartsWith(ends, StringComparison.Ordinal))
            {
                said.Add(line);
                continue;
            }
            refused.Add(new(batch[int.Parse(line[ends.Length..], CultureInfo.InvariantCulture) - 1], string.Join(' ', said)));
            said.Clear();
        }
        return refused.DrainToImmutable();
    }

    public override string ToString() => $"{Line}: {Why}";
}
