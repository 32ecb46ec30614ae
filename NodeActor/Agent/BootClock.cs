using System.Runtime.InteropServices;

namespace NodeActor.Agent;

/// <summary>
/// Time since the machine was booted, the time it slept included: what is granted for six seconds is over after six seconds even if the machine slept through
/// them, and a process that starts anew can tell how long ago an earlier one was granted something. On systems other than Linux it is the process' own
/// monotonic time, which no checkpoint is compared with there.
/// </summary>
public sealed partial class BootClock : TimeProvider
{
    private const int BootTime = 7;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const string BootIdFile = "/proc/sys/kernel/random/boot_id";

    private BootClock()
    {
    }

    public static new TimeProvider System { get; } = OperatingSystem.IsLinux() ? new BootClock() : TimeProvider.System;

    /// <summary>Names this boot of the machine; null where that can't be told.</summary>
    public static string? BootId { get; } = File.Exists(BootIdFile) ? File.ReadAllText(BootIdFile).Trim() : null;

    /// <inheritdoc/>
    public override long TimestampFrequency => NanosecondsPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() =>
        GetTime(BootTime, out var now) == 0 ? now.Seconds * NanosecondsPerSecond + now.Nanoseconds : throw new InvalidOperationException("The boot clock can't be read.");

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
