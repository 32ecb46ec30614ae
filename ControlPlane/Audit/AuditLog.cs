using System.Globalization;
using Serilog;
using Serilog.Core;
using Serilog.Debugging;
using Serilog.Events;

namespace ControlPlane.Audit;

/// <summary>Where audit events go.</summary>
public sealed record AuditOptions
{
    /// <summary>The file, or <c>-</c> for standard output.</summary>
    public required string Path { get; init; }

    /// <summary>What is written down.</summary>
    public required AuditPolicy Policy { get; init; }

    /// <summary>A file that has grown to this many MiB is followed by another.</summary>
    public int MaxMebibytes { get; init; } = 100;

    /// <summary>How many older files are kept; 0: all.</summary>
    public int MaxBackups { get; init; }

    /// <summary>For how many days older files are kept; 0: for ever.</summary>
    public int MaxDays { get; init; }
}

/// <summary>Writes audit events, a line of JSON each, in the order they come. That a request was received is with the operating system before anything is done about it.</summary>
public sealed class AuditLog : IDisposable
{
    private const string Line = "{Event:l}{NewLine}";
    private readonly Logger _log;

    /// <summary>Opens the file, and makes it if need be, for its owner only.</summary>
    public AuditLog(AuditOptions options)
    {
        Policy = options.Policy;

        // A disk that is full must not go unnoticed; requests go on, as with Kubernetes.
        SelfLog.Enable(fault => Console.Error.WriteLine($"The audit log is not complete: {fault}"));
        var write = new LoggerConfiguration().WriteTo;
        _log = (options.Path == "-"
            ? write.Sink(new StandardOutput())
            : write.File(
                options.Path, outputTemplate: Line, fileSizeLimitBytes: options.MaxMebibytes * 1024L * 1024L, rollOnFileSizeLimit: true,
                retainedFileCountLimit: options.MaxBackups == 0 ? null : options.MaxBackups + 1, retainedFileTimeLimit: options.MaxDays == 0 ? null : TimeSpan.FromDays(options.MaxDays), hooks: new Private())).CreateLogger();
    }

    /// <summary>What is written down.</summary>
    public AuditPolicy Policy { get; }

    /// <summary>Writes an event.</summary>
    public void Write(string @event) => _log.Information("{Event:l}", @event);

    /// <inheritdoc/>
    public void Dispose() => _log.Dispose();

    private sealed class StandardOutput : ILogEventSink
    {
        public void Emit(LogEvent logEvent) => Console.Out.WriteLine(logEvent.RenderMessage(CultureInfo.InvariantCulture));
    }

    private sealed class Private : Serilog.Sinks.File.FileLifecycleHooks
    {
        public override Stream OnFileOpened(string path, Stream underlyingStream, System.Text.Encoding encoding)
        {
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return underlyingStream;
        }
    }
}
