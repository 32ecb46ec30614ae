using System.Runtime.Versioning;
using System.Text;
using System.Text.Json.Nodes;
using NodeActor.Pods;
using NodeActor.Pods.Machine;
using NodeActor.Pods.Specs;
using NodeActor.Volumes;
using Shared.Processes;
using Tests.Support;
using Tests.Unit.Pods;
using Xunit;

namespace Tests.Unit.Volumes;

/// <summary>A pod's folders with real mounts in them, on whatever the machine's temporary folder lies on.</summary>
[SupportedOSPlatform("linux")]
public sealed class PodFoldersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("volumes-").FullName;
    private readonly PodNodeOptions _options;
    private readonly PodPaths _paths;
    private readonly PodVolumes _volumes;

    public PodFoldersTests()
    {
        _options = new(new("node-1"))
        {
            PodsDirectory = Path.Combine(_folder, "pods"), VolatileDirectory = Path.Combine(_folder, "volatile"), LogsDirectory = Path.Combine(_folder, "logs"),
        };
        _paths = new(_options, TestPods.Key, TestPods.Uid);
        _volumes = new(_options);
    }

    [RootFact]
    public async Task Secret_volume_is_a_tmpfs_wherever_the_nodes_folders_lie_and_another_agent_finds_it()
    {
        var state = Pod("""{ "name": "word", "secret": { "secretName": "word" } }""");
        await Prepare(state);
        await Prepare(state);
        var volume = _paths.Volume("word", inMemory: true);
        Assert.Equal("sesame", File.ReadAllText(Path.Combine(volume, "key")));
        Assert.Equal("tmpfs", Assert.Single(MountTable.At(volume)).FileSystem);

        await Remove();
        Assert.Empty(MountTable.Below(_folder));
        Assert.False(Directory.Exists(_paths.VolatileRoot) || Directory.Exists(_paths.Root));
    }

    [RootFact]
    public async Task EmptyDir_in_memory_keeps_its_files_and_holds_its_size_limit_and_no_more()
    {
        var state = Pod("""{ "name": "fast", "emptyDir": { "medium": "Memory", "sizeLimit": "1Mi" } }""");
        await Prepare(state);
        var volume = _paths.Volume("fast", inMemory: true);
        File.WriteAllBytes(Path.Combine(volume, "half"), new byte[512 * 1024]);
        await Prepare(state);
        Assert.Equal(512 * 1024, new FileInfo(Path.Combine(volume, "half")).Length);
        Assert.Throws<IOException>(() => File.WriteAllBytes(Path.Combine(volume, "more"), new byte[1024 * 1024]));
        Assert.Equal((UnixFileMode)0x1FF, File.GetUnixFileMode(volume));
    }

    [Fact]
    public async Task Files_of_an_optional_ConfigMap_go_with_it_and_come_with_it()
    {
        var state = Pod("""{ "name": "settings", "configMap": { "name": "settings", "optional": true } }""");
        var file = Path.Combine(_paths.Volume("settings", inMemory: false), "color");
        foreach (var there in (bool[])[true, false, true])
        {
            await Prepare(Has(state, "settings", there ? "blue" : null));
            Assert.Equal(there, File.Exists(file));
        }
    }

    [Fact]
    public async Task Volume_of_a_ConfigMap_that_went_keeps_its_files_and_the_others_follow_their_objects()
    {
        var state = Pod([], """{ "name": "settings", "configMap": { "name": "settings" } }""", """{ "name": "more", "configMap": { "name": "more" } }""");
        var told = new List<string>();
        await Prepare(Has(Has(state, "settings", "blue"), "more", "red"));
        await Prepare(Has(Has(state, "settings", null), "more", "green"), fact => told.Add(((Progress)fact).Message));
        Assert.Equal(("blue", "green"), (Shown("settings"), Shown("more")));
        Assert.Equal("MountVolume.SetUp failed for volume \"settings\" : configmap \"settings\" not found", Assert.Single(told));
        await Prepare(Has(Has(state, "settings", "grey"), "more", "green"));
        Assert.Equal("grey", Shown("settings"));

        string Shown(string volume) => File.ReadAllText(Path.Combine(_paths.Volume(volume, inMemory: false), "color"));
    }

    [Fact]
    public async Task Volume_that_never_showed_its_ConfigMap_fails_without_it()
    {
        var state = Pod("""{ "name": "settings", "configMap": { "name": "settings" } }""");
        var error = await Assert.ThrowsAsync<SpecException>(() => Prepare(Has(state, "settings", null)));
        Assert.Equal("FailedMount", error.Reason);
    }

    [RootFact]
    public async Task Group_of_a_pod_owns_its_volumes_in_memory()
    {
        await Prepare(Pod("""{ "name": "fast", "emptyDir": { "medium": "Memory" } }""", new() { ["securityContext"] = new JsonObject { ["fsGroup"] = 2345 } }));
        Assert.Equal((UnixFileMode)0x1FF | UnixFileMode.SetGroup, File.GetUnixFileMode(_paths.Volume("fast", inMemory: true)));
    }

    [RootFact]
    public async Task File_in_a_tmpfs_below_a_pods_folder_survives_its_removal() => await Survives(target => ["-t", "tmpfs", "tmpfs", target]);

    [RootFact]
    public async Task File_in_a_bind_mount_below_a_pods_folder_survives_its_removal()
    {
        var source = Directory.CreateDirectory(Path.Combine(_folder, "source")).FullName;
        await Survives(target => ["--bind", source, target]);
    }

    [RootFact]
    public async Task Folder_that_became_a_mount_after_the_look_is_not_entered()
    {
        var target = Directory.CreateDirectory(Path.Combine(_folder, "late")).FullName;
        await ExternalProgram.Run("mount", ["--bind", Directory.CreateDirectory(Path.Combine(_folder, "source")).FullName, target]);
        Assert.True(PosixFiles.IsMountPoint(target));
        Assert.False(PosixFiles.IsMountPoint(_folder));
    }

    [RootFact]
    public async Task Volume_in_use_is_neither_unmounted_nor_deleted()
    {
        var state = Pod("""{ "name": "word", "secret": { "secretName": "word" } }""");
        await Prepare(state);
        var file = Path.Combine(_paths.Volume("word", inMemory: true), "key");
        await using (File.OpenRead(file))
        {
            Assert.Contains("can not unmount", (await Assert.ThrowsAnyAsync<Exception>(Remove)).Message, StringComparison.Ordinal);
            Assert.Equal("sesame", File.ReadAllText(file));
        }
        await Remove();
        Assert.False(Directory.Exists(_paths.VolatileRoot));
    }

    [Fact]
    public async Task Link_out_of_a_pods_folder_is_removed_and_not_followed()
    {
        var kept = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "elsewhere")).FullName, "kept");
        File.WriteAllText(kept, "");
        Directory.CreateDirectory(Path.Combine(_paths.Root, "inner"));
        Directory.CreateSymbolicLink(Path.Combine(_paths.Root, "inner", "link"), Path.GetDirectoryName(kept)!);
        await Remove();
        Assert.False(Directory.Exists(_paths.Root));
        Assert.True(File.Exists(kept));
    }

    public void Dispose()
    {
        _volumes.Dispose();
        foreach (var mount in MountTable.Below(_folder)) MountTable.Unmount(mount);
        PodFolders.Delete(_folder);
    }

    private async Task Prepare(PodState state, Action<PodFact>? tell = null)
    {
        await _volumes.StageAsync(state, default);
        await _volumes.PublishAsync(state, tell ?? (fact => Assert.Fail($"{fact}")), default);
    }

    private static PodState Has(PodState state, string configMap, string? color)
    {
        ReadOnlyMemory<byte>? json = color is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes($$"""{ "kind": "ConfigMap", "data": { "color": "{{color}}" } }""");
        return state with { Objects = state.Objects.SetItem(new("", "configmaps", "default", configMap), new(json)) };
    }

    private async Task Remove()
    {
        // An agent that starts anew, and knows nothing of the pod.
        using var volumes = new PodVolumes(_options);
        await volumes.UnpublishAsync(TestPods.Uid, default);
        await volumes.UnstageAsync(TestPods.Uid, default);
        PodVolumes.Remove(_paths);
    }

    private async Task Survives(Func<string, string[]> mount)
    {
        var target = Directory.CreateDirectory(Path.Combine(_paths.Volume("data", inMemory: false), "theirs")).FullName;
        await ExternalProgram.Run("mount", mount(target));
        var file = Path.Combine(target, "file");
        File.WriteAllText(file, "theirs");
        Assert.Contains($"{target} is still mounted", (await Assert.ThrowsAnyAsync<Exception>(Remove)).Message, StringComparison.Ordinal);
        Assert.Equal("theirs", File.ReadAllText(file));

        await ExternalProgram.Run("umount", [target]);
        await Remove();
        Assert.False(Directory.Exists(_paths.Root));
    }

    private static PodState Pod(string volume, JsonObject? spec = null) => Pod(spec ?? [], volume);

    private static PodState Pod(JsonObject spec, params string[] volumes)
    {
        spec["volumes"] = new JsonArray([.. volumes.Select(volume => JsonNode.Parse(volume))]);
        var secret = Encoding.UTF8.GetBytes("""{ "kind": "Secret", "data": { "key": "c2VzYW1l" } }""");
        var state = new PodState(TestPods.Key, TestPods.Uid) { Definition = TestPods.Parse(TestPods.Json([TestPods.Container("web")], spec)) };
        return state with { Objects = state.Objects.Add(new("", "secrets", "default", "word"), new(secret)) };
    }
}
