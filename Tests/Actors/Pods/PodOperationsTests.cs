using NodeActor.Pods;
using NodeActor.Pods.Machine;
using NodeActor.Runtime;
using Tests.Support;
using Tests.Unit.Pods;
using Xunit;

namespace Tests.Actors.Pods;

public sealed class PodOperationsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("operations-").FullName;
    private readonly InMemoryRuntime _runtime = new(new(TimeSpan.Zero, () => "10.1.0.0/24"), TimeProvider.System);

    [Fact]
    public async Task Container_whose_start_was_given_up_and_done_after_all_is_not_removed()
    {
        var options = new PodNodeOptions(new("node-1")) { PodsDirectory = _folder, VolatileDirectory = _folder, LogsDirectory = _folder };
        using var operations = new PodOperations(_runtime, options, TimeProvider.System);
        var spec = new SandboxSpec(TestPods.Key, TestPods.Uid, 0);
        var sandbox = await _runtime.RunSandboxAsync(spec, default);
        var id = await _runtime.CreateContainerAsync(sandbox, spec, new("web", 0, "demo/web:v1"), default);
        await _runtime.StartContainerAsync(id, default);
        var remove = new RemoveContainer("web", id, 0);
        var state = new PodState(TestPods.Key, TestPods.Uid);

        var seen = Assert.IsType<ContainerSeen>(await operations.RunAsync(state, remove, _ => { }, default));
        Assert.Equal(ContainerPhase.Running, seen.Container!.Phase);
        Assert.NotNull(await _runtime.ContainerAsync(id, default));

        Directory.CreateDirectory(Path.GetDirectoryName(new PodPaths(options, TestPods.Key, TestPods.Uid).TerminationMessage("web", 0))!);
        _runtime.Exit(id, 0);
        Assert.Null(Assert.IsType<ContainerSeen>(await operations.RunAsync(state, remove, _ => { }, default)).Container);
        Assert.Null(await _runtime.ContainerAsync(id, default));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Container_gets_its_grace_though_the_clock_is_set_by_an_hour(int hours)
    {
        var time = new SteppedTime();
        var options = new PodNodeOptions(new("node-1")) { PodsDirectory = _folder, VolatileDirectory = _folder, LogsDirectory = _folder };
        using var operations = new PodOperations(_runtime, options, time);
        var stop = new StopContainer("web", "id", Moment.ElapsedOf(time) + TimeSpan.FromSeconds(300), true, "");
        time.Step(TimeSpan.FromHours(hours));
        await operations.RunAsync(new PodState(TestPods.Key, TestPods.Uid), stop, _ => { }, default);
        // What the machine took since is far less than the rest.
        Assert.InRange(_runtime.LastGrace, TimeSpan.FromSeconds(200), TimeSpan.FromSeconds(300));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
