using System.CommandLine;
using System.Security.Cryptography;
using ControlPlane.CommandLine.Clusters;
using ControlPlane.CommandLine.Images;
using Spectre.Console;

namespace ControlPlane.CommandLine;

/// <summary>
/// <c>image import FILE</c>: puts the images of an archive on every node, for machines without a registry. <c>image demo FILE</c>: writes such an archive.
/// </summary>
internal static class ImageCommand
{
    public static Command Build()
    {
        var data = ClusterOptions.Data();
        var file = new Argument<FileInfo>("file") { Description = "An OCI or docker archive, as 'docker save' writes it." };
        var import = new Command("import", "Load an archive under the names in it on every node. A later 'up' loads it again.") { file, data };
        import.SetAction(async (parse, stop) =>
        {
            foreach (var name in await Import(new ClusterFolder(parse.GetRequiredValue(data)), parse.GetRequiredValue(file), stop))
            {
                Terminal.Output.MarkupLineInterpolated($"[green]✓[/] {name}");
            }
            return 0;
        });
        var demo = new Command("demo", "Write the demo's images, and the one of every pod's sandbox, to an archive.") { file };
        demo.SetAction(async (parse, stop) =>
        {
            await DemoArchive.Ensure(parse.GetRequiredValue(file).FullName, stop);
            return 0;
        });
        return new Command("image", "Container images of a cluster's nodes.") { import, demo };
    }

    private static async Task<IReadOnlyList<string>> Import(ClusterFolder folder, FileInfo file, CancellationToken stop)
    {
        if (!file.Exists) throw new CommandFailedException($"There is no file {file.FullName}.");
        if (folder.Load() is not { } cluster || !BackgroundProcess.Recorded(folder).Any(process => ClusterProcesses.IsControlPlane(process.Name) && process.Running is not null))
        {
            throw new CommandFailedException($"No cluster runs in {folder.Path}. Start one with: actors up --data {folder.Path}");
        }
        if (cluster.Runtime == ClusterRuntime.Hollow) throw new CommandFailedException("Hollow nodes run no images; they take every name for present.");
        var names = await new LocalCluster(folder, cluster, _ => { }).Import(file.FullName, stop);
        if (names.Count == 0) throw new CommandFailedException($"{file.FullName} names no image for this machine's architecture.");

        // Kept, so that the nodes of the next 'up' have it too.
        await using var content = file.OpenRead();
        var digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, stop))[..12];
        file.CopyTo(Path.Combine(folder.Images, $"import-{digest}.tar"), overwrite: true);
        return names;
    }
}
