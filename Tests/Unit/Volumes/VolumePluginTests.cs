using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using NodeActor.Pods;
using NodeActor.Pods.Machine;
using NodeActor.Pods.Specs;
using NodeActor.Volumes;
using Shared.Api;
using Tests.Unit.Pods;
using Xunit;

namespace Tests.Unit.Volumes;

/// <summary>Volumes of a plug-in that stages: what several pods share is staged once, and unstaged after the last.</summary>
[SupportedOSPlatform("linux")]
public sealed class VolumePluginTests : IDisposable
{
    private static readonly PodUid Other = new("66666666-2222-3333-4444-555555555555");
    private readonly string _folder = Directory.CreateTempSubdirectory("volumes-").FullName;
    private readonly Shares _shares = new();
    private readonly PodNodeOptions _options;

    public VolumePluginTests() => _options = new(new("node-1"))
    {
        PodsDirectory = Path.Combine(_folder, "pods"), VolatileDirectory = Path.Combine(_folder, "volatile"), LogsDirectory = Path.Combine(_folder, "logs"),
        VolumePlugins = [.. NodeVolumes.BuiltIn, _shares],
    };

    [Fact]
    public async Task What_two_pods_share_is_unstaged_after_the_last_also_by_an_agent_that_starts_anew()
    {
        using (var agent = new PodVolumes(_options))
        {
            foreach (var uid in (PodUid[])[TestPods.Uid, Other]) await Publish(agent, Pod(uid, "/export"));
            await TakeAway(agent, TestPods.Uid);
            Assert.Equal(["stage /export", "publish", "stage /export", "publish", "unpublish"], _shares.Steps);
        }
        using var next = new PodVolumes(_options);
        await TakeAway(next, TestPods.Uid);
        await TakeAway(next, Other);
        Assert.Equal(["unpublish", "unstage /export"], _shares.Steps[5..]);
    }

    [Fact]
    public async Task Two_volumes_of_one_pod_may_share_what_is_staged()
    {
        using var agent = new PodVolumes(_options);
        await Publish(agent, Pod(TestPods.Uid, "/export", "/export"));
        await TakeAway(agent, TestPods.Uid);
        Assert.Equal("unstage /export", Assert.Single(_shares.Steps, step => step.StartsWith("unstage", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_another_pod_shows_is_not_shared()
    {
        using var agent = new PodVolumes(_options);
        await Publish(agent, Pod(TestPods.Uid, "/one"));
        await Publish(agent, Pod(Other, "/two"));
        await TakeAway(agent, TestPods.Uid);
        Assert.Equal("unstage /one", _shares.Steps[^1]);
    }

    [Theory]
    [InlineData("stage", "MountVolume.MountDevice failed for volume \"v0\" : no")]
    [InlineData("publish", "MountVolume.SetUp failed for volume \"v0\" : no")]
    [InlineData("unpublish", "UnmountVolume.TearDown failed for volume \"v0\" : no")]
    [InlineData("unstage", "UnmountDevice failed for volume \"v0\" : no")]
    public async Task Step_that_fails_says_which_volume_and_why_and_can_be_done_again(string step, string words)
    {
        using var agent = new PodVolumes(_options);
        _shares.Fails = step;
        var error = await Assert.ThrowsAnyAsync<Exception>(() => All(agent));
        Assert.Equal(words, error.Message);
        _shares.Fails = "";
        await All(agent);
        Assert.Equal("unstage /export", _shares.Steps[^1]);
        Assert.Empty(VolumeRecord.All(Path.Combine(_options.PodsDirectory, TestPods.Uid.Value)));
    }

    [Fact]
    public async Task Stage_that_failed_half_way_is_undone_with_the_pod()
    {
        using var agent = new PodVolumes(_options);
        _shares.Fails = "stage";
        await Assert.ThrowsAsync<SpecException>(() => agent.StageAsync(Pod(TestPods.Uid, "/export"), default));
        await TakeAway(agent, TestPods.Uid);
        Assert.Equal(["unpublish", "unstage /export"], _shares.Steps);
    }

    [Fact]
    public async Task Volume_of_a_kind_that_nobody_makes_is_refused_in_words()
    {
        var state = State(TestPods.Uid, new JsonArray(JsonNode.Parse("""{ "name": "far", "iscsi": { "targetPortal": "x", "iqn": "y", "lun": 0 } }""")));
        using var agent = new PodVolumes(_options);
        var error = await Assert.ThrowsAsync<SpecException>(() => agent.StageAsync(state, default));
        Assert.Equal("MountVolume.MountDevice failed for volume \"far\" : this node does not support volumes of its type", error.Message);
    }

    [Fact]
    public async Task HostPath_that_is_not_what_its_type_says_is_refused_in_words()
    {
        var path = Path.Combine(_folder, "missing");
        using var agent = new PodVolumes(_options);
        var state = State(TestPods.Uid, new JsonArray(new JsonObject { ["name"] = "host", ["hostPath"] = new JsonObject { ["path"] = path, ["type"] = "Directory" } }));
        var error = await Assert.ThrowsAsync<SpecException>(() => Publish(agent, state));
        Assert.Contains($"{path} is not a directory", error.Message, StringComparison.Ordinal);
        Directory.CreateDirectory(path);
        await Publish(agent, state);
        await TakeAway(agent, TestPods.Uid);
        Assert.True(Directory.Exists(path));
    }

    public void Dispose() => PodFolders.Delete(_folder);

    private async Task All(PodVolumes agent)
    {
        await Publish(agent, Pod(TestPods.Uid, "/export"));
        await TakeAway(agent, TestPods.Uid);
    }

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

    private static PodState Pod(PodUid uid, params string[] exports) => State(uid, new JsonArray([.. exports.Select((export, at) => (JsonNode)new JsonObject
    {
        ["name"] = $"v{at}", ["nfs"] = new JsonObject { ["server"] = "files", ["path"] = export },
    })]));

    private static PodState State(PodUid uid, JsonArray volumes) =>
        new(TestPods.Key, uid) { Definition = TestPods.Parse(TestPods.Json([TestPods.Container("web")], new() { ["volumes"] = volumes })) };

    /// <summary>Notes what is asked of it.</summary>
    private sealed class Shares : IVolumePlugin
    {
        public List<string> Steps { get; } = [];
        public string Fails { get; set; } = "";
        public string Name => "shares";

        public bool Handles(PodVolume volume) => volume.Spec.Nfs is not null;

        public string Path(PodVolume volume) => volume.OnDisk;

        public string? Staged(PodVolume volume) => volume.Spec.Nfs.Path;

        public Task StageAsync(PodVolume volume, CancellationToken cancel) => Note("stage", $" {volume.Spec.Nfs.Path}");

        public Task PublishAsync(PodVolume volume, VolumeUse use, CancellationToken cancel) => Note("publish");

        public Task UnpublishAsync(PodVolume volume, CancellationToken cancel) => Note("unpublish");

        public Task UnstageAsync(PodVolume volume, CancellationToken cancel) => Note("unstage", $" {volume.Spec.Nfs.Path}");

        private Task Note(string step, string what = "")
        {
            if (Fails == step) throw new VolumeException("no");
            Steps.Add(step + what);
            return Task.CompletedTask;
        }
    }
}
