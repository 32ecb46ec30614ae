using System.Diagnostics;
using System.Globalization;
using Shared.Hosting;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>
/// A process that goes on when the command that started it has ended: in a session of its own, its output in a log file, its identity in a
/// pid file. It and all its children carry the cluster's id in their environment, so that <c>down</c> finds them whatever happened.
/// </summary>
public sealed class BackgroundProcess(ClusterFolder folder, string name)
{
    /// <summary>The variable of the environment that holds the cluster's id.</summary>
    public const string ClusterVariable = "ACTORS_CLUSTER";

    // The shell's child becomes setsid, which becomes the program: the pid it prints is the program's.
    private const string Script = "log=$1; shift; setsid \"$@\" >>\"$log\" 2>&1 </dev/null & echo $!";

    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(20);

    /// <summary>What the process is called in messages, logs and pid files: <c>control-plane</c>, <c>node-1-agent</c>.</summary>
    public string Name => name;

    /// <summary>Where its output goes.</summary>
    public string LogFile => folder.LogFile(name);

    /// <summary>The process if it runs and will go on: one that was killed just now does not, though it may still be there.</summary>
    public ProcessIdentity? Running => ProcessIdentity.Load(PidFile) is { Runs: true } process ? process : null;

    /// <summary>The process if it is still there, also when it will not go on.</summary>
    public ProcessIdentity? Present => ProcessIdentity.Load(PidFile) is { IsAlive: true } process ? process : null;

    private string PidFile => Path.Combine(folder.PidFiles, name + ".pid");

    /// <summary>Every process that has a pid file in the folder.</summary>
    public static IEnumerable<BackgroundProcess> Recorded(ClusterFolder folder) =>
        Directory.Exists(folder.PidFiles)
            ? Directory.GetFiles(folder.PidFiles, "*.pid").Order().Select(file => new BackgroundProcess(folder, Path.GetFileNameWithoutExtension(file)))
            : [];

    /// <summary>Starts it, unless it runs. Waits for the end of one that was killed, which may still have its ports and locks.</summary>
    /// <exception cref="CommandFailedException">It can't be started, or the one before does not go.</exception>
    public async Task<ProcessIdentity> Start(IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment = null, CancellationToken stop = default)
    {
        if (Running is { } there) return there;
        if (Present is { } before && !await Waiting.Until(() => !before.IsAlive, EndPatience, stop))
        {
            throw new CommandFailedException($"{name} was killed, and its process {before.Pid} is not gone after {EndPatience.TotalSeconds} s.");
        }
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", LogFile, .. command])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = folder.Path,
        };
        start.Environment[ClusterVariable] = folder.Id;
        foreach (var (key, value) in environment ?? new Dictionary<string, string>()) start.Environment[key] = value;
        using var shell = Process.Start(start) ?? throw new CommandFailedException($"{name} can't be started.");
        var pid = int.Parse(await shell.StandardOutput.ReadToEndAsync(stop), CultureInfo.InvariantCulture);
        await shell.WaitForExitAsync(stop);
        var process = ProcessIdentity.Of(pid) ?? throw new CommandFailedException($"{name} ended at once:\n{LogTail()}");
        PrivateFile.Write(PidFile, process + "\n");
        return process;
    }

    /// <summary>What to tell the user when it ended of itself.</summary>
    public CommandFailedException Ended() => new($"{name} ended. The end of {LogFile}:\n{LogTail()}");

    /// <summary>What to tell the user when it runs and does not become ready.</summary>
    public CommandFailedException NotReady(TimeSpan patience) => new($"{name} is not ready after {patience.TotalSeconds} s. The end of {LogFile}:\n{LogTail()}");

    /// <summary>Forgets the process.</summary>
    public void Forget() => File.Delete(PidFile);

    /// <summary>The end of its log, for messages.</summary>
    public string LogTail(int lines = 15) => File.Exists(LogFile) ? string.Join('\n', File.ReadLines(LogFile).TakeLast(lines)) : "";
}
