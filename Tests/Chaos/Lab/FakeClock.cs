using System.Globalization;

namespace Tests.Chaos.Lab;

/// <summary>A wall clock of one process's own, which can be set while it runs; elapsed time is not touched. Rests on Debian's package <c>faketime</c>.</summary>
internal sealed class FakeClock
{
    private const string Libraries = "/usr/lib";
    private readonly string _file;

    private FakeClock(string library, string file)
    {
        _file = file;
        Environment = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = library,
            ["FAKETIME_TIMESTAMP_FILE"] = file,
            ["FAKETIME_CACHE_DURATION"] = "1",
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        };
    }

    /// <summary>The variables a process has to be started with.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>A clock that shows the right time; null where the package is not installed.</summary>
    /// <param name="file">Where the process reads how far it is off.</param>
    public static FakeClock? Make(string file)
    {
        var library = Directory.GetDirectories(Libraries, "*-linux-*").Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists);
        if (library is null) return null;
        var clock = new FakeClock(library, file);
        clock.Set(TimeSpan.Zero);
        return clock;
    }

    /// <summary>Sets how far it is ahead, or behind. The process notices within about a second.</summary>
    public void Set(TimeSpan ahead)
    {
        // As a whole: it is read at any moment.
        File.WriteAllText(_file + ".new", string.Create(CultureInfo.InvariantCulture, $"{ahead.TotalSeconds:+0;-0;+0}\n"));
        File.Move(_file + ".new", _file, overwrite: true);
    }
}
