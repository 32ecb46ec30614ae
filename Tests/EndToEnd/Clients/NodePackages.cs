using Shared.Processes;
using Tests.Support;

namespace Tests.EndToEnd.Clients;

/// <summary>
/// The JavaScript programs of the tests, and the packages from npm they stand on, in a folder beside the compiled tests. Which packages, and in which
/// versions, the lock file of the example says: its operator and our checks of the client are held to the same.
/// </summary>
internal static class NodePackages
{
    private const string Lock = "package-lock.json";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Copies the programs and installs what is not installed yet. No package may run a script of its own.</summary>
    /// <returns>The folder.</returns>
    /// <exception cref="ProgramFailedException">It could not be installed; what npm said is in the message.</exception>
    public static async Task<string> Install()
    {
        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "npm")).FullName;
        string[] files = [.. Directory.GetFiles(Checkout.Path("examples", "operators", "javascript")), Checkout.Path("Tests", "EndToEnd", "Clients", "client-checks.mjs")];
        foreach (var file in files) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        var wanted = await File.ReadAllTextAsync(Path.Combine(folder, Lock));

        // Written last, so that an installation that was broken off is not taken for one.
        var installed = Path.Combine(folder, "node_modules", "installed.json");
        if (File.Exists(installed) && await File.ReadAllTextAsync(installed) == wanted) return folder;
        using var bound = new CancellationTokenSource(Patience);
        var result = await ExternalProgram.TryRun("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts"], stop: bound.Token);
        if (!result.Succeeded) throw new ProgramFailedException($"'npm ci' in {folder} exited with {result.ExitCode}:\n{result.Output}{result.Error}");
        await File.WriteAllTextAsync(installed, wanted);
        return folder;
    }
}
