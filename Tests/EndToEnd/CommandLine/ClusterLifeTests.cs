using ControlPlane.CommandLine;
using ControlPlane.CommandLine.Clusters;
using ControlPlane.CommandLine.Images;
using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.CommandLine;

/// <summary>The verbs that start and stop clusters, with real processes, containers and networks.</summary>
[Collection(nameof(TemporaryCluster))]
public sealed class ClusterLifeTests
{
    private const string BusyPod = """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"NAME"},"spec":{"containers":[{"name":"c","image":"demo/busybox:v1","command":["sleep","1000000"]}]}}""";

    [RootFact]
    public async Task Up_then_down_leaves_nothing_on_the_machine()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(2);
        await cluster.AllIsWell();
        await RunPods(cluster, 2);

        Assert.NotEmpty(new ClusterTeardown(cluster.Folder).Left());
        await cluster.Down();

        Assert.Empty(new ClusterTeardown(cluster.Folder).Left());
        Assert.False(Directory.Exists(cluster.Folder.RunDirectory));
        Assert.Equal(3, await cluster.Actors("status"));
    }

    [RootFact]
    public async Task Down_after_a_crash_of_every_part_leaves_nothing()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(2);
        await RunPods(cluster, 2);
        foreach (var process in BackgroundProcess.Recorded(cluster.Folder))
        {
            Signals.SendKill(process.Running!.Value);
            process.Forget();
        }

        await cluster.Down();

        Assert.Empty(new ClusterTeardown(cluster.Folder).Left());
    }

    [RootFact]
    public async Task Up_again_starts_only_what_does_not_run()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(1);
        var before = Processes(cluster);
        Signals.SendKill(new BackgroundProcess(cluster.Folder, "node-1-agent").Running!.Value);

        await cluster.Up(1);
        var after = Processes(cluster);

        Assert.Equal(before["control-plane"], after["control-plane"]);
        Assert.Equal(before["node-1-containerd"], after["node-1-containerd"]);
        Assert.NotEqual(before["node-1-agent"], after["node-1-agent"]);
        await cluster.AllIsWell();
    }

    [RootFact]
    public async Task Clusters_side_by_side_do_not_meet()
    {
        await using var one = new TemporaryCluster();
        await using var other = new TemporaryCluster();
        await Task.WhenAll(one.Up(1), other.Up(1));
        await RunPods(one, 1);
        Assert.DoesNotContain("busy-1", await other.Kubectl("get", "pods", "--no-headers"), StringComparison.Ordinal);

        await other.Down();

        await one.AllIsWell();
        await one.Kubectl("wait", "--for=condition=Ready", "pod/busy-1", "--timeout=60s");
    }

    [RootFact]
    public async Task Data_outlives_down_and_up()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(1);
        var file = Path.Combine(cluster.Folder.Path, "kept.json");
        await File.WriteAllTextAsync(file, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"kept"},"data":{"a":"b"}}""");
        await cluster.Kubectl("apply", "-f", file);
        await cluster.Down();

        await cluster.Up(1);

        Assert.Equal("b", await cluster.Kubectl("get", "configmap", "kept", "-o", "jsonpath={.data.a}"));
    }

    [RootFact]
    public async Task Image_import_makes_an_image_runnable_on_every_node()
    {
        await using var cluster = new TemporaryCluster();
        var local = await cluster.Up(1);
        var archive = Path.Combine(cluster.Folder.Path, "mine.tar");
        await using (var stream = File.Create(archive))
        {
            var layer = ImageLayer.Of(LayerEntry.Folder("bin"), LayerEntry.Program("bin/busybox", await File.ReadAllBytesAsync(DemoImages.BusyboxFile)));
            ImageArchive.Write(stream, new ImageDefinition("registry.example/mine:1", [layer]) { Entrypoint = ["/bin/busybox", "sleep", "1000000"] });
        }

        Assert.Equal(0, await cluster.Actors("image", "import", archive));
        await cluster.Kubectl("run", "mine", "--image=registry.example/mine:1", "--restart=Never");
        await cluster.Kubectl("wait", "--for=condition=Ready", "pod/mine", "--timeout=60s");
        Assert.Equal(["registry.example/mine:1"], await local.Import(archive, CancellationToken.None));
    }

    [RootFact]
    public async Task Hollow_cluster_comes_up_and_goes_down()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(20, ClusterRuntime.Hollow);
        await cluster.AllIsWell();

        await cluster.Down();

        Assert.Empty(new ClusterTeardown(cluster.Folder).Left());
    }

    [RootFact]
    public async Task Hollow_cluster_of_one_node_is_ready()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(1, ClusterRuntime.Hollow);

        Assert.Equal("node-1", await cluster.Kubectl("get", "nodes", "-o", "jsonpath={.items[*].metadata.name}"));
        var refusal = await Assert.ThrowsAsync<CommandFailedException>(() => cluster.Up(2, ClusterRuntime.Hollow));
        Assert.Contains("Stop it first", refusal.Message, StringComparison.Ordinal);
        await cluster.AllIsWell();
    }

    [RootFact]
    public async Task Up_that_ends_half_way_leaves_nothing_running()
    {
        await using var cluster = new TemporaryCluster();
        using var stop = new CancellationTokenSource();
        var ran = false;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => UpCommand.Up(cluster.Folder, new(1, cluster.Port, Runtime: ClusterRuntime.Hollow), _ =>
        {
            ran = BackgroundProcess.Recorded(cluster.Folder).Any(process => process.Running is not null);
            stop.Cancel();
        }, stop.Token));

        Assert.True(ran);
        Assert.Empty(new ClusterTeardown(cluster.Folder).Left());
        Assert.DoesNotContain(BackgroundProcess.Recorded(cluster.Folder), process => process.Running is not null);
    }

    [Fact]
    public async Task Down_without_a_cluster_says_so_and_succeeds() =>
        Assert.Equal(0, await ActorsCommand.Run(["down", "--data", Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString())]));

    [Fact]
    public async Task Import_without_a_cluster_fails() =>
        Assert.Equal(1, await ActorsCommand.Run(["image", "import", "/no/such/file.tar", "--data", Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString())]));

    private static Dictionary<string, ProcessIdentity?> Processes(TemporaryCluster cluster) =>
        BackgroundProcess.Recorded(cluster.Folder).ToDictionary(process => process.Name, process => process.Running);

    private static async Task RunPods(TemporaryCluster cluster, int count)
    {
        for (var i = 1; i <= count; i++)
        {
            var file = Path.Combine(cluster.Folder.Path, $"busy-{i}.json");
            await File.WriteAllTextAsync(file, BusyPod.Replace("NAME", $"busy-{i}", StringComparison.Ordinal));
            await cluster.Kubectl("apply", "-f", file);
            await cluster.Kubectl("wait", "--for=condition=Ready", $"pod/busy-{i}", "--timeout=60s");
        }
    }
}
