using System.ComponentModel;
using System.Diagnostics;

namespace Shared.Processes;

/// <summary>How a program ended and everything it wrote.</summary>
public sealed record ProgramResult(int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;
}

/// <summary>A program could not be started or did not exit with 0. The message names it and repeats what it said.</summary>
public sealed class ProgramFailedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Runs the system's programs (<c>ip</c>, <c>nft</c>, <c>ctr</c>), without a shell, and waits for their end.</summary>
public static class ExternalProgram
{
    /// <summary>Runs a program to its end. When <paramref name="stop"/> is signalled the program and its children are killed.</summary>
    /// <param name="input">What the program reads; it finds the end of its input after that.</param>
    /// <exception cref="ProgramFailedException">There is no such program.</exception>
    public static async Task<ProgramResult> TryRun(string program, IEnumerable<string> arguments, string input = "", CancellationToken stop = default)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Start(start);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(stop);
            var error = process.StandardError.ReadToEndAsync(stop);
            await Feed(process, input).ConfigureAwait(false);
            await process.WaitForExitAsync(stop).ConfigureAwait(false);
            return new ProgramResult(process.ExitCode, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Like <see cref="TryRun"/>, and returns what the program wrote.</summary>
    /// <exception cref="ProgramFailedException">It did not exit with 0.</exception>
    public static async Task<string> Run(string program, IEnumerable<string> arguments, string input = "", CancellationToken stop = default)
    {
        var list = arguments.ToArray();
        var result = await TryRun(program, list, input, stop).ConfigureAwait(false);
        return result.Succeeded
            ? result.Output
            : throw new ProgramFailedException($"'{program} {string.Join(' ', list)}' exited with {result.ExitCode}: {result.Error.Trim()}");
    }

    private static async Task Feed(Process process, string input)
    {
        try
        {
            if (input.Length > 0) await process.StandardInput.WriteAsync(input).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all of its input; its exit code tells whether that was well.
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new ProgramFailedException($"'{start.FileName}' did not start.");
        }
        catch (Win32Exception e)
        {
            throw new ProgramFailedException($"'{start.FileName}' can't be run: {e.Message}", e);
        }
    }
}
