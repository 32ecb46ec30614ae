using Shared.Processes;

namespace ControlPlane.CommandLine.Images;

/// <summary>The demo images as a file.</summary>
internal static class DemoArchive
{
    /// <summary>Writes all of them into one archive, unless the file is there.</summary>
    public static async Task Ensure(string file, CancellationToken stop)
    {
        if (File.Exists(file)) return;
        var programs = await ExternalProgram.Run(DemoImages.BusyboxFile, ["--list"], stop: stop);
        var images = DemoImages.All(
            await File.ReadAllBytesAsync(DemoImages.BusyboxFile, stop),
            programs.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        var fresh = $"{file}.{Environment.ProcessId}.new";
        await using (var stream = File.Create(fresh)) ImageArchive.Write(stream, images);
        File.Move(fresh, file, overwrite: true);
    }
}
