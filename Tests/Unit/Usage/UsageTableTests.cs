using ControlPlane.Objects;
using ControlPlane.Telemetry.Usage;
using Shared.Api;
using Shared.Protocol;
using Tests.Support;
using Tests.Unit.Nodes;
using Xunit;

namespace Tests.Unit.Usage;

/// <summary>What is known of the use of nodes and pods, of what is told of it.</summary>
public sealed class UsageTableTests
{
    private static readonly NodeName Node = new("node-1");
    private static readonly DateTimeOffset At = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(15);
    private readonly ObjectStore _store = new();
    private readonly SteppedTime _time = new();
    private readonly UsageTable _table;

    public UsageTableTests()
    {
        _table = new(_store.Cache, _time);
        _store.Put(NodeObjects.Node());
        _store.Put(NodeObjects.Node("node-2"));
    }

    [Fact]
    public void Newest_report_of_a_pod_and_a_node_is_known()
    {
        Put("web", "main", "log");
        Hear(Use("web", ("main", 1, 2), ("log", 3, 4)));
        Hear(Use("web", ("main", 5, 6), ("log", 7, 8)));
        var known = _table.OfPod("uid-web")!;
        Assert.Equal((At, Window), (known.At, known.Window));
        Assert.Equal<ContainerUsage>([new("main", 5, 6), new("log", 7, 8)], known.Containers);

        _table.Hear(Node, new(At, Window, 9, 10), []);
        Assert.Equal(new(At, Window, 9, 10), _table.OfNode("node-1"));
        Assert.Null(_table.OfNode("node-2"));
        Assert.NotNull(_table.OfPod("uid-web"));
    }

    [Fact]
    public void What_was_heard_a_minute_ago_is_not_known_whatever_any_clock_shows()
    {
        Put("web", "main");
        Hear(Use("web", ("main", 1, 2)));
        _table.Hear(Node, new(At, Window, 9, 10), []);
        _time.Step(TimeSpan.FromDays(1));
        _time.Sleep(TimeSpan.FromSeconds(50));
        Assert.NotNull(_table.OfPod("uid-web"));
        Assert.NotNull(_table.OfNode("node-1"));
        _time.Sleep(TimeSpan.FromSeconds(10));
        Assert.Null(_table.OfPod("uid-web"));
        Assert.Null(_table.OfNode("node-1"));
        _table.Sweep();
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void Pods_of_other_nodes_and_such_as_there_are_not_are_passed_over()
    {
        Put("web", "main");
        _store.Put(NodeObjects.Pod("there", node: "node-2"));
        Hear(Use("there", ("main", 1, 2)), Use("nowhere", ("main", 1, 2)), Use("web", ("main", 1, 2)));
        _table.Hear(new("node-3"), new(At, Window, 1, 2), [Use("web", ("main", 7, 7))]);
        Assert.Equal(1, _table.Count);
        Assert.Equal(1, _table.OfPod("uid-web")!.Containers[0].CpuNanocores);
    }

    [Fact]
    public void Containers_that_a_pod_has_not_and_doubled_ones_are_passed_over()
    {
        Put("web", "main");
        Hear(Use("web", ("main", 1, 2), ("other", 3, 4), ("main", 5, 6)));
        Assert.Equal<ContainerUsage>([new("main", 1, 2)], _table.OfPod("uid-web")!.Containers);
        Hear(Use("web", ("other", 3, 4)));
        Assert.Equal<ContainerUsage>([new("main", 1, 2)], _table.OfPod("uid-web")!.Containers);
    }

    [Fact]
    public void Container_that_came_later_is_known()
    {
        Put("web", "main");
        Hear(Use("web", ("main", 1, 2)));
        Put("web", "main", "debug");
        Hear(Use("web", ("main", 1, 2), ("debug", 3, 4)));
        Assert.Equal(2, _table.OfPod("uid-web")!.Containers.Length);
    }

    [Fact]
    public void What_makes_no_sense_is_passed_over()
    {
        Put("web", "main");
        Hear(Use("web", ("main", -1, 2)), Use("web", ("main", 1, -2)), Use("web", ("main", 1, 2)) with { Window = TimeSpan.Zero }, Use("web"), Use("web") with { Containers = default }, Use("web", (null!, 1, 2)), new(default, At, Window, []), null!);
        _table.Hear(Node, new(At, -Window, 1, 2), default);
        _table.Hear(Node, new(At, Window, -1, 2), []);
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void Pods_and_nodes_that_are_gone_are_forgotten()
    {
        var pod = Put("web", "main");
        Hear(Use("web", ("main", 1, 2)));
        _table.Hear(Node, new(At, Window, 9, 10), []);
        _table.Sweep();
        Assert.Equal(2, _table.Count);
        _store.Put(pod, deleted: true);
        _table.Sweep();
        Assert.Equal(1, _table.Count);
        _store.Put(NodeObjects.Node(), deleted: true);
        _table.Sweep();
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void Pod_that_was_replaced_under_its_name_is_forgotten()
    {
        var pod = Put("web", "main");
        Hear(Use("web", ("main", 1, 2)));
        _store.Put(pod, deleted: true);
        _store.Put(NodeObjects.Stored(pod.Key, """{ "metadata": { "name": "web", "namespace": "default", "uid": "second" }, "spec": { "nodeName": "node-1" } }"""));
        _table.Sweep();
        Assert.Equal(0, _table.Count);
    }

    private StoredObject Put(string name, params string[] containers) => _store.Put(NodeObjects.Stored(new("", "pods", "default", name), $$"""
        { "metadata": { "name": "{{name}}", "namespace": "default", "uid": "uid-{{name}}" },
          "spec": { "nodeName": "node-1", "containers": [{ "name": "{{containers[0]}}" }], "ephemeralContainers": [{{string.Join(',', containers[1..].Select(one => $$"""{ "name": "{{one}}" }"""))}}] } }
        """));

    private void Hear(params PodUse[] pods) => _table.Hear(Node, null, [.. pods]);

    private static PodUse Use(string name, params (string Name, long Cpu, long Memory)[] containers) =>
        new(new($"uid-{name}"), At, Window, [.. containers.Select(one => new ContainerUse(one.Name, one.Cpu, one.Memory))]);
}
