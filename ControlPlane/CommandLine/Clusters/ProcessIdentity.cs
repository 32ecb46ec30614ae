using System.Globalization;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>
/// A process for good: a pid is given to another process some day, the pair of pid and start time (clock ticks since boot, field 22 of
/// proc(5)'s <c>stat</c>) is not.
/// </summary>
public readonly record struct ProcessIdentity(int Pid, long StartTime)
{
    /// <summary>The process that has this pid now, or null when there is none or it is a zombie.</summary>
    public static ProcessIdentity? Of(int pid) => ProcessStat.Read(pid) is { State: not 'Z' } stat ? new(pid, stat.StartTime) : null;

    /// <summary>Whether it still is there, and has what it locked.</summary>
    public bool IsAlive => Of(Pid) == this;

    /// <summary>Whether it will go on: one that was sent SIGKILL is there until the kernel has taken it apart, and does nothing any more.</summary>
    public bool Runs => ProcessStat.Read(Pid) is { State: not 'Z', IsDying: false } stat && stat.StartTime == StartTime;

    /// <summary>The text of a pid file.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Pid} {StartTime}");

    /// <summary>Reads a pid file; null when it is missing or spoiled.</summary>
    public static ProcessIdentity? Load(string file)
    {
        if (!File.Exists(file)) return null;
        var parts = File.ReadAllText(file).Split(' ', StringSplitOptions.TrimEntries);
        return parts.Length == 2 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out var pid)
            && long.TryParse(parts[1], CultureInfo.InvariantCulture, out var start) ? new(pid, start) : null;
    }
}

/// <summary>The part of proc(5)'s <c>stat</c> that is of use here.</summary>
internal readonly record struct ProcessStat(char State, int Parent, long StartTime, bool IsDying)
{
    // PF_EXITING of the kernel's task flags, and SIGKILL's bit among the pending signals.
    private const uint Exiting = 4;
    private const long PendingKill = 1 << (9 - 1);

    /// <summary>Null when the process is gone.</summary>
    public static ProcessStat? Read(int pid)
    {
        try
        {
            return Parse(File.ReadAllText($"/proc/{pid}/stat"));
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The second field is the command's name in parentheses and may hold any character, so fields are counted from its end.</summary>
    public static ProcessStat Parse(string text)
    {
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return new(
            fields[0][0],
            int.Parse(fields[1], CultureInfo.InvariantCulture),
            long.Parse(fields[19], CultureInfo.InvariantCulture),
            (uint.Parse(fields[6], CultureInfo.InvariantCulture) & Exiting) != 0 || (long.Parse(fields[28], CultureInfo.InvariantCulture) & PendingKill) != 0);
    }
}
