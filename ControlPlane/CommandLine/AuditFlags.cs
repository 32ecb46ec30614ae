using System.CommandLine;
using ControlPlane.Audit;

namespace ControlPlane.CommandLine;

/// <summary>The flags of <c>serve</c> about the audit log, called as kube-apiserver's.</summary>
internal static class AuditFlags
{
    private static readonly Option<string?> Log = new("--audit-log-path") { Description = "Where requests are written down, a line of JSON each; '-' for standard output. Needs --audit-policy-file.", HelpName = "FILE" };
    private static readonly Option<FileInfo?> Policy = new("--audit-policy-file") { Description = "What is written down of which requests: a Policy of audit.k8s.io/v1.", HelpName = "FILE" };
    private static readonly Option<int> MaxSize = new("--audit-log-maxsize") { Description = "A file of this many MiB is followed by another.", HelpName = "MIB", DefaultValueFactory = _ => 100 };
    private static readonly Option<int> MaxBackup = new("--audit-log-maxbackup") { Description = "How many older files are kept; 0: all.", HelpName = "N" };
    private static readonly Option<int> MaxAge = new("--audit-log-maxage") { Description = "For how many days older files are kept; 0: for ever.", HelpName = "DAYS" };

    public static readonly Option[] All = [Log, Policy, MaxSize, MaxBackup, MaxAge];

    /// <summary>What they say; null where nothing is to be written down.</summary>
    /// <exception cref="CommandFailedException">They say something that can't be; the message names the flag.</exception>
    public static AuditOptions? Read(ParseResult parse)
    {
        if (parse.GetValue(Log) is not { Length: > 0 } path)
        {
            return All.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false }) is { } alone ? throw new CommandFailedException($"{alone.Name} needs {Log.Name}.") : null;
        }
        if (parse.GetValue(Policy) is not { } file) throw new CommandFailedException($"{Log.Name} needs {Policy.Name}: without a policy nothing would be written down.");
        foreach (var option in new[] { MaxSize, MaxBackup, MaxAge })
        {
            if (parse.GetValue(option) < (option == MaxSize ? 1 : 0)) throw new CommandFailedException($"{option.Name} '{parse.GetValue(option)}' is too small.");
        }
        try
        {
            // What can't be written is told now, and not by what is missing later.
            if (path != "-") File.Open(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite).Dispose();
            return new() { Path = path == "-" ? path : Path.GetFullPath(path), Policy = AuditPolicy.Parse(File.ReadAllBytes(file.FullName)), MaxMebibytes = parse.GetValue(MaxSize), MaxBackups = parse.GetValue(MaxBackup), MaxDays = parse.GetValue(MaxAge) };
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new CommandFailedException($"{Log.Name} or {Policy.Name}: {fault.Message}");
        }
    }
}
