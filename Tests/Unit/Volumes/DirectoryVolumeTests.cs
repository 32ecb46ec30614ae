using System.Collections.Immutable;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json.Nodes;
using NodeActor.Pods;
using NodeActor.Pods.Machine;
using NodeActor.Pods.Specs;
using NodeActor.Volumes;
using Shared.Api;
using Tests.Support;
using Tests.Unit.Pods;
using Xunit;

namespace Tests.Unit.Volumes;

/// <summary>Volumes that are directories of a node, on this machine's own disk.</summary>
[SupportedOSPlatform("linux")]
public sealed class DirectoryVolumeTests : IDisposable
{
    private static readonly PodUid Other = new("66666666-2222-3333-4444-555555555555");
    private readonly string _folder = Directory.CreateTempSubdirectory("directories-").FullName;
    private readonly PodNodeOptions _options;

    public DirectoryVolumeTests() => _options = new(new("node-1"))
    {
        PodsDirectory = Path.Combine(_folder, "pods"), VolatileDirectory = Path.Combine(_folder, "volatile"), LogsDirectory = Path.Combine(_folder, "logs"),
        VolumePlugins = [.. NodeVolumes.BuiltIn, new DirectoryVolumes(Path.Combine(_folder, "volumes"))],
    };

    private string Data => Path.Combine(_folder, "volumes", "pvc-1");

    [Fact]
    public async Task What_a_pod_wrote_is_there_for_the_next_and_for_an_agent_that_starts_anew()
    {
        using (var agent = new PodVolumes(_options))
        {
            await Publish(agent, State(TestPods.Uid));
            await File.WriteAllTextAsync(Path.Combine(Data, "kept"), "words");
            await TakeAway(agent, TestPods.Uid);
        }
        using var next = new PodVolumes(_options);
        await Publish(next, State(Other));
        Assert.Equal("words", await File.ReadAllTextAsync(Path.Combine(Data, "kept")));
    }

    [Fact]
    public async Task Directory_is_removed_when_no_pod_has_it_and_may_be_once_more()
    {
        using (var agent = new PodVolumes(_options)) await Publish(agent, State(TestPods.Uid));
        await File.WriteAllTextAsync(Path.Combine(Data, "kept"), "words");
        using var next = new PodVolumes(_options);
        var error = await Assert.ThrowsAsync<VolumeException>(() => next.RemoveAsync("pvc-1", default));
        Assert.Equal("volume pvc-1 is still used by a pod of this node", error.Message);
        Assert.True(File.Exists(Path.Combine(Data, "kept")));
        await TakeAway(next, TestPods.Uid);
        await next.RemoveAsync("pvc-1", default);
        await next.RemoveAsync("pvc-1", default);
        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public async Task Directory_that_is_being_removed_is_not_made_anew()
    {
        using var agent = new PodVolumes(_options);
        var error = await Assert.ThrowsAsync<SpecException>(() => Publish(agent, State(TestPods.Uid, metadata: """, "deletionTimestamp": "2030-01-01T00:00:00Z" """)));
        Assert.Equal("MountVolume.SetUp failed for volume \"v\" : persistentvolume \"pvc-1\" is being removed", error.Message);
        Assert.False(Directory.Exists(Data));
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../pods")]
    [InlineData(".hidden")]
    public async Task Name_that_leads_elsewhere_is_refused(string name)
    {
        using var agent = new PodVolumes(_options);
        await Assert.ThrowsAsync<VolumeException>(() => agent.RemoveAsync(name, default));
    }

    public static TheoryData<string?, string?, string> Missing => new()
    {
        { null, null, "persistentvolumeclaim \"data\" not found" },
        { """{ "metadata": { "uid": "c" }, "spec": {}, "status": { "phase": "Pending" } }""", null, "persistentvolumeclaim \"data\" is not bound" },
        { Claim, null, "persistentvolume \"pvc-1\" is no directory of this node: volumes of the driver directory.actors.dev are supported, on the node they are on" },
        { Claim, Volume.Replace("\"c\"", "\"another\"", StringComparison.Ordinal), "persistentvolume \"pvc-1\" is not bound to claim \"data\"" },
    };

    [Theory]
    [MemberData(nameof(Missing))]
    public async Task Claim_without_a_volume_here_is_told_in_words(string? claim, string? volume, string words)
    {
        using var agent = new PodVolumes(_options);
        var error = await Assert.ThrowsAsync<SpecException>(() => agent.StageAsync(With(State(TestPods.Uid), claim, volume), default));
        Assert.Equal($"MountVolume.MountDevice failed for volume \"v\" : {words}", error.Message);
    }

    [RootFact]
    public async Task Group_of_a_pod_is_given_all_that_is_there_and_no_link_is_followed()
    {
        using var agent = new PodVolumes(_options);
        await Publish(agent, State(TestPods.Uid));
        var (file, outside) = (Path.Combine(Data, "inner", "file"), Path.Combine(_folder, "outside"));
        Directory.CreateDirectory(Path.Combine(Data, "inner"));
        foreach (var path in (string[])[file, outside]) await File.WriteAllTextAsync(path, "");
        File.CreateSymbolicLink(Path.Combine(Data, "link"), outside);
        await Publish(agent, State(Other, group: 2000));
        Assert.All((string[])[Data, Path.Combine(Data, "inner"), file], path => Assert.Equal(2000, PosixFiles.GroupOf(path)));
        Assert.True(File.GetUnixFileMode(file).HasFlag(UnixFileMode.GroupWrite));
        Assert.Equal(0, PosixFiles.GroupOf(outside));
    }

    public void Dispose() => PodFolders.Delete(_folder);

    private const string Claim = """{ "metadata": { "name": "data", "uid": "c" }, "spec": { "volumeName": "pvc-1" }, "status": { "phase": "Bound" } }""";

    private const string Volume = """{ "metadata": { "name": "pvc-1" }, "spec": { "claimRef": { "uid": "c" }, "csi": { "driver": "directory.actors.dev", "volumeHandle": "pvc-1" } } }""";

    private static PodState State(PodUid uid, long? group = null, string metadata = "")
    {
        var spec = new JsonObject { ["volumes"] = new JsonArray(JsonNode.Parse("""{ "name": "v", "persistentVolumeClaim": { "claimName": "data" } }""")) };
        if (group is { } id) spec["securityContext"] = new JsonObject { ["fsGroup"] = id };
        var state = new PodState(TestPods.Key, uid) { Definition = TestPods.Parse(TestPods.Json([TestPods.Container("web")], spec)) };
        return With(state, Claim, Volume.Replace("\"name\": \"pvc-1\"", $"\"name\": \"pvc-1\"{metadata}", StringComparison.Ordinal));
    }

    private static PodState With(PodState state, string? claim, string? volume) => state with
    {
        Objects = ImmutableDictionary<ObjectKey, HeldObject>.Empty
            .Add(new("", "persistentvolumeclaims", state.Key.Namespace, "data"), Held(claim))
            .Add(new("", "persistentvolumes", "", "pvc-1"), Held(volume)),
    };

    private static HeldObject Held(string? json) => new(json is null ? null : (ReadOnlyMemory<byte>?)Encoding.UTF8.GetBytes(json));

    private static async Task Publish(PodVolumes agent, PodState pod)
    {
        await agent.StageAsync(pod, default);
        await agent.PublishAsync(pod, fact => Assert.Fail($"{fact}"), default);
    }

    private static async Task TakeAway(PodVolumes agent, PodUid pod)
    {
        await agent.UnpublishAsync(pod, default);
        await agent.UnstageAsync(pod, default);
    }
}
