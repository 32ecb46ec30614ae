using System.Runtime.Versioning;
using System.Text;
using System.Text.Json.Nodes;
using NodeActor.Pods;
using NodeActor.Pods.Machine;
using NodeActor.Pods.Volumes;
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

    public PodFoldersTests()
    {
        _options = new(new("node-1"))
        {
            PodsDirectory = Path.Combine(_folder, "pods"), VolatileDirectory = Path.Combine(_folder, "volatile"), LogsDirectory = Path.Combine(_folder, "logs"),
        };
        _paths = new(_options, TestPods.Key, TestPods.Uid);
    }

    [RootFact]
    public void Secret_volume_is_a_tmpfs_wherever_the_nodes_folders_lie_and_another_agent_finds_it()
    {
        var state = Pod("""{ "name": "word", "secret": { "secretName": "word" } }""");
        VolumePreparer.Prepare(state, _options);
        VolumePreparer.Prepare(state, _options);
        var volume = _paths.Volume("word", inMemory: true);
        Assert.Equal("sesame", File.ReadAllText(Path.Combine(volume, "key")));
        Assert.Equal("tmpfs", Assert.Single(MountTable.At(volume)).FileSystem);

        VolumePreparer.Remove(_paths);
        Assert.Empty(MountTable.Below(_folder));
        Assert.False(Directory.Exists(_paths.VolatileRoot) || Directory.Exists(_paths.Root));
    }

    [RootFact]
    public void EmptyDir_in_memory_keeps_its_files_and_holds_its_size_limit_and_no_more()
    {
        var state = Pod("""{ "name": "fast", "emptyDir": { "medium": "Memory", "sizeLimit": "1Mi" } }""");
        VolumePreparer.Prepare(state, _options);
        var volume = _paths.Volume("fast", inMemory: true);
        File.WriteAllBytes(Path.Combine(volume, "half"), new byte[512 * 1024]);
        VolumePreparer.Prepare(state, _options);
        Assert.Equal(512 * 1024, new FileInfo(Path.Combine(volume, "half")).Length);
        Assert.Throws<IOException>(() => File.WriteAllBytes(Path.Combine(volume, "more"), new byte[1024 * 1024]));
        Assert.Equal((UnixFileMode)0x1FF, File.GetUnixFileMode(volume));
    }

    [Fact]
    public void Files_of_an_optional_ConfigMap_go_with_it_and_come_with_it()
    {
        var state = Pod("""{ "name": "settings", "configMap": { "name": "settings", "optional": true } }""");
        var file = Path.Combine(_paths.Volume("settings", inMemory: false), "color");
        foreach (var there in (bool[])[true, false, true])
        {
            ReadOnlyMemory<byte>? json = there ? Encoding.UTF8.GetBytes("""{ "kind": "ConfigMap", "data": { "color": "blue" } }""") : default(ReadOnlyMemory<byte>?);
            VolumePreparer.Prepare(state with { Objects = state.Objects.SetItem(new("", "configmaps", "default", "settings"), new(json, default)) }, _options);
            Assert.Equal(there, File.Exists(file));
        }
    }

    [RootFact]
    public void Group_of_a_pod_owns_its_volumes_in_memory()
    {
        VolumePreparer.Prepare(Pod("""{ "name": "fast", "emptyDir": { "medium": "Memory" } }""", new() { ["securityContext"] = new JsonObject { ["fsGroup"] = 2345 } }), _options);
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
        VolumePreparer.Prepare(state, _options);
        var file = Path.Combine(_paths.Volume("word", inMemory: true), "key");
        await using (File.OpenRead(file))
        {
            Assert.Contains("can not unmount", Assert.Throws<IOException>(() => VolumePreparer.Remove(_paths)).Message, StringComparison.Ordinal);
            Assert.Equal("sesame", File.ReadAllText(file));
        }
        VolumePreparer.Remove(_paths);
        Assert.False(Directory.Exists(_paths.VolatileRoot));
    }

    [Fact]
    public void Link_out_of_a_pods_folder_is_removed_and_not_followed()
    {
        var kept = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "elsewhere")).FullName, "kept");
        File.WriteAllText(kept, "");
        Directory.CreateDirectory(Path.Combine(_paths.Root, "inner"));
        Directory.CreateSymbolicLink(Path.Combine(_paths.Root, "inner", "link"), Path.GetDirectoryName(kept)!);
        VolumePreparer.Remove(_paths);
        Assert.False(Directory.Exists(_paths.Root));
        Assert.True(File.Exists(kept));
    }

    public void Dispose()
    {
        foreach (var mount in MountTable.Below(_folder)) MountTable.Unmount(mount);
        PodFolders.Delete(_folder);
    }

    private async Task Survives(Func<string, string[]> mount)
    {
        var target = Directory.CreateDirectory(Path.Combine(_paths.Volume("data", inMemory: false), "theirs")).FullName;
        await ExternalProgram.Run("mount", mount(target));
        var file = Path.Combine(target, "file");
        File.WriteAllText(file, "theirs");
        Assert.Contains($"{target} is still mounted", Assert.Throws<IOException>(() => VolumePreparer.Remove(_paths)).Message, StringComparison.Ordinal);
        Assert.Equal("theirs", File.ReadAllText(file));

        await ExternalProgram.Run("umount", [target]);
        VolumePreparer.Remove(_paths);
        Assert.False(Directory.Exists(_paths.Root));
    }

    private static PodState Pod(string volume, JsonObject? spec = null)
    {
        spec ??= [];
        spec["volumes"] = new JsonArray(JsonNode.Parse(volume));
        var secret = Encoding.UTF8.GetBytes("""{ "kind": "Secret", "data": { "key": "c2VzYW1l" } }""");
        var state = new PodState(TestPods.Key, TestPods.Uid) { Definition = TestPods.Parse(TestPods.Json([TestPods.Container("web")], spec)) };
        return state with { Objects = state.Objects.Add(new("", "secrets", "default", "word"), new(secret, default)) };
    }
}
