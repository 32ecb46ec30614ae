using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Akka.Actor;
using NodeActor.Networking;
using NodeActor.Pods;
using NodeActor.Runtime;
using Shared.Api;
using Shared.Protocol;
using Tests.Support;
using Tests.Unit.Pods;
using Xunit;

namespace Tests.Actors.Pods;

/// <summary>The supervisor and its pods on a runtime in memory; the test is the agent.</summary>
public sealed class PodSupervisorTests : ActorTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly string _folder = Directory.CreateTempSubdirectory("pods-").FullName;
    private readonly InMemoryRuntime _runtime = new(new(TimeSpan.FromMilliseconds(1), () => "10.9.0.0/24"), TimeProvider.System);

    [Fact]
    public void Desired_pod_runs_and_is_reported()
    {
        var supervisor = Start();
        supervisor.Tell(Desired(Pod()));
        Assert.StartsWith("10.9.0.", (string?)UntilStatus(status => Phase(status) == "Running")["podIP"], StringComparison.Ordinal);
    }

    [Fact]
    public void Exit_that_the_runtime_tells_of_is_followed_by_a_restart()
    {
        var supervisor = Start();
        supervisor.Tell(Desired(Pod()));
        var status = UntilStatus(one => Phase(one) == "Running");
        _runtime.Exit(((string?)status["containerStatuses"]![0]!["containerID"])!.Split("://")[1], 1);
        UntilStatus(one => (int)one["containerStatuses"]![0]!["restartCount"]! == 1 && Phase(one) == "Running");
    }

    [Fact]
    public async Task Deleted_pod_asks_for_a_drain_then_stops_and_says_so()
    {
        var supervisor = Start();
        supervisor.Tell(Desired(Pod()));
        UntilStatus(one => Phase(one) == "Running");
        supervisor.Tell(Desired(TestPods.Deleted(Pod(), 30)));
        FishForMessage(message => message is PodAwaitsDrain, Patience);
        Assert.Contains((await Listed()).Containers, one => one.MayRun);
        supervisor.Tell(new DrainedPod(TestPods.Uid));
        FishForMessage(message => message is PodStopped, Patience);
        Assert.Empty((await Listed()).Sandboxes);
    }

    [Fact]
    public void Pod_that_is_desired_again_as_its_last_trace_goes_runs_again()
    {
        var supervisor = Start();
        supervisor.Tell(Desired(Pod()));
        UntilStatus(one => Phase(one) == "Running");
        supervisor.Tell(new PodGone(TestPods.Key, TestPods.Uid));
        FishForMessage(message => message is PodStopped, Patience);
        supervisor.Tell(Desired(Pod()));
        UntilStatus(one => Phase(one) == "Running");
    }

    [Fact]
    public void Trouble_of_the_runtime_is_told_when_it_comes_and_when_it_goes()
    {
        Start();
        FishForMessage(message => message is RuntimeTrouble { Why: "" }, Patience);
        _runtime.Trouble = null;
        FishForMessage(message => message is RuntimeTrouble { Why: "container runtime is down: connection refused" }, Patience);
        _runtime.Trouble = "";
        FishForMessage(message => message is RuntimeTrouble { Why: "" }, Patience);
    }

    [Fact]
    public void Pod_waits_until_what_it_uses_is_known_as_of_its_own_version_and_starts_with_it()
    {
        var container = TestPods.Container("web");
        container["envFrom"] = new JsonArray(new JsonObject { ["secretRef"] = new JsonObject { ["name"] = "word" } });
        var supervisor = Start();
        supervisor.Tell(Objects(6));
        supervisor.Tell(Desired(TestPods.Json([container])) with { Revision = 7 });
        var none = FishForMessage<PodStatusChanged>(changed => Waiting(changed) is not null, Patience);
        Assert.Equal("ContainerCreating", Waiting(none));

        // Not there as of the pod's version: it does not exist.
        supervisor.Tell(Objects(7));
        FishForMessage<PodStatusChanged>(changed => Waiting(changed) == "CreateContainerConfigError", Patience);
        supervisor.Tell(Objects(8, ("word", """{"kind":"Secret","data":{"a":"Yg=="}}""")));
        UntilStatus(one => Phase(one) == "Running");

        static string? Waiting(PodStatusChanged changed) => (string?)JsonNode.Parse(changed.StatusJson.Span)!["containerStatuses"]?[0]!["state"]?["waiting"]?["reason"];
    }

    [Fact]
    public void Message_of_objects_shows_nothing_of_a_secret() =>
        Assert.DoesNotContain("sesame", $"{Objects(8, ("word", "sesame"))}", StringComparison.Ordinal);

    [Fact]
    public async Task What_nobody_desires_is_left_alone_before_a_snapshot_and_removed_after()
    {
        var spec = new SandboxSpec(new("", "pods", "default", "orphan"), new("orphan"), 0);
        await _runtime.RunSandboxAsync(spec, CancellationToken.None);
        var supervisor = Start();
        supervisor.Tell(Desired(Pod()));
        UntilStatus(one => Phase(one) == "Running");
        Assert.Single((await _runtime.ListAsync(CancellationToken.None))[new("orphan")].Sandboxes);
        supervisor.Tell(new PodsSynced([TestPods.Uid]));
        FishForMessage(message => message is PodStopped { Uid.Value: "orphan" }, Patience);
        Assert.Single((await Listed()).Containers, one => one.MayRun);
    }

    [Fact]
    public async Task Pod_that_a_snapshot_does_not_name_is_gone()
    {
        var supervisor = Start();
        supervisor.Tell(Desired(Pod()));
        UntilStatus(one => Phase(one) == "Running");
        supervisor.Tell(new PodsSynced([]));
        FishForMessage(message => message is PodStopped, Patience);
        Assert.DoesNotContain(TestPods.Uid, (await _runtime.ListAsync(CancellationToken.None)).Keys);
    }

    [Fact]
    public async Task Fenced_pod_is_killed_and_comes_back_when_the_fence_goes()
    {
        var supervisor = Start();
        supervisor.Tell(Desired(Pod()));
        UntilStatus(one => Phase(one) == "Running");
        supervisor.Tell(new FencePods(ImmutableDictionary<PodUid, ObjectKey>.Empty.Add(TestPods.Uid, TestPods.Key), TimeSpan.Zero));
        await AwaitConditionAsync(async () => (await Listed()).Containers.All(one => !one.MayRun), Patience);
        supervisor.Tell(new FencePods(ImmutableDictionary<PodUid, ObjectKey>.Empty, TimeSpan.Zero));
        await AwaitConditionAsync(async () => (await Listed()).Containers.Any(one => one.MayRun), Patience);
    }

    [Fact]
    public async Task New_supervisor_finds_what_an_earlier_one_started()
    {
        var first = Start();
        first.Tell(Desired(Pod()));
        UntilStatus(one => Phase(one) == "Running");
        var before = (await Listed()).Containers.Single().Id;
        await first.GracefulStop(Patience);
        var second = Start();
        second.Tell(Desired(Pod()));
        second.Tell(new PodsSynced([TestPods.Uid]));
        UntilStatus(one => Phase(one) == "Running");
        Assert.Equal(before, (await Listed()).Containers.Single().Id);
    }

    [Fact]
    public async Task New_supervisor_stops_what_is_fenced_before_it_is_told_of_any_pod_and_removes_it_if_nobody_desires_it()
    {
        var first = Start();
        first.Tell(Desired(Pod()));
        UntilStatus(one => Phase(one) == "Running");
        await first.GracefulStop(Patience);
        var second = Start();
        second.Tell(new FencePods(ImmutableDictionary<PodUid, ObjectKey>.Empty.Add(TestPods.Uid, TestPods.Key), TimeSpan.Zero));
        await AwaitConditionAsync(async () => (await Listed()).Containers.All(one => !one.MayRun), Patience);
        Assert.NotEmpty((await Listed()).Sandboxes);

        second.Tell(new PodsSynced([]));
        FishForMessage(message => message is PodStopped, Patience);
        Assert.Empty((await Listed()).Sandboxes);
    }

    [Fact]
    public void Use_is_asked_of_the_runtime_once_at_a_time_and_told_when_there_are_two_samples()
    {
        var supervisor = Start();
        supervisor.Tell(Desired(Pod()));
        UntilStatus(one => Phase(one) == "Running");
        var (asked, answer) = (0, new TaskCompletionSource<ImmutableArray<ContainerCounters>>());
        _runtime.Counters = () =>
        {
            asked++;
            return answer.Task;
        };
        for (var i = 0; i < 3; i++) supervisor.Tell(new SampleUsage(TimeSpan.FromSeconds(15)));
        answer.SetResult([new("c", TestPods.Uid, "web", DateTimeOffset.UnixEpoch, 0, 1)]);
        Assert.Empty(FishForMessage<PodsUsed>(_ => true, Patience).Pods);
        Assert.Equal(1, asked);

        _runtime.Counters = () => Task.FromResult<ImmutableArray<ContainerCounters>>([new("c", TestPods.Uid, "web", DateTimeOffset.UnixEpoch.AddSeconds(15), 15_000_000, 2)]);
        supervisor.Tell(new SampleUsage(TimeSpan.FromSeconds(15)));
        Assert.Equal<ContainerUse>([new("web", 1_000_000, 2)], Assert.Single(FishForMessage<PodsUsed>(_ => true, Patience).Pods).Containers);
    }

    [Fact]
    public void Runtime_that_does_not_tell_what_is_used_is_complained_of_once_and_makes_no_zeros()
    {
        var supervisor = Start();
        supervisor.Tell(Desired(Pod()));
        UntilStatus(one => Phase(one) == "Running");
        _runtime.Counters = () => Task.FromException<ImmutableArray<ContainerCounters>>(new RuntimeException("no stats", outcomeUnknown: false));
        EventFilter.Warning(contains: "no stats").Expect(1, Patience, () =>
        {
            for (var i = 0; i < 3; i++)
            {
                supervisor.Tell(new SampleUsage(TimeSpan.FromSeconds(15)));
                Assert.Empty(FishForMessage<PodsUsed>(_ => true, Patience).Pods);
            }
        });
    }

    [Fact]
    public void Runtime_of_a_node_without_pods_is_not_asked_what_they_use()
    {
        var supervisor = Start();
        _runtime.Counters = () => throw new InvalidOperationException("It was asked.");
        supervisor.Tell(new SampleUsage(TimeSpan.FromSeconds(15)));
        Assert.Empty(FishForMessage<PodsUsed>(_ => true, Patience).Pods);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        Directory.Delete(_folder, recursive: true);
    }

    private static JsonObject Pod() => TestPods.Json([TestPods.Container("web")]);

    private static DesiredPod Desired(JsonObject pod) => new(TestPods.Key, TestPods.Uid, TestPods.Bytes(pod), 1);

    private static PodObjects Objects(long complete, params (string Name, string Json)[] secrets) => new(
        secrets.Select(secret => new FollowedObject(new("", "secrets", "default", secret.Name), complete, System.Text.Encoding.UTF8.GetBytes(secret.Json))).ToImmutableDictionary(one => one.Key),
        complete);

    private static string? Phase(JsonNode status) => (string?)status["phase"];

    private IActorRef Start()
    {
        var options = new PodNodeOptions(new("node-1"))
        {
            PodsDirectory = Path.Combine(_folder, "pods"),
            LogsDirectory = Path.Combine(_folder, "logs"),
            VolatileDirectory = Path.Combine(_folder, "volatile"),
            RelistEvery = TimeSpan.FromMilliseconds(200),
        };
        var supervisor = Sys.ActorOf(PodSupervisor.Props(TestActor, _runtime, options, TimeProvider.System));
        supervisor.Tell(new HostProfile(["10.0.0.1"], ImmutableDictionary<string, string>.Empty));
        return supervisor;
    }

    private async Task<RuntimePod> Listed() => (await _runtime.ListAsync(CancellationToken.None)).GetValueOrDefault(TestPods.Uid, RuntimePod.Empty);

    private JsonNode UntilStatus(Func<JsonNode, bool> wanted)
    {
        JsonNode? found = null;
        FishForMessage(message => message is PodStatusChanged changed && wanted(found = JsonNode.Parse(changed.StatusJson.Span)!), Patience);
        return found!;
    }
}
