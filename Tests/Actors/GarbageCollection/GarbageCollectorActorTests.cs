using System.Text.Json.Nodes;
using Akka.Actor;
using ControlPlane.GarbageCollection;
using ControlPlane.Objects;
using ControlPlane.Workloads.Patches;
using Shared.Api;
using Tests.Support;
using Tests.Unit.Workloads;
using Xunit;

namespace Tests.Actors.GarbageCollection;

public sealed class GarbageCollectorActorTests : ActorTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly World _world = new();

    public GarbageCollectorActorTests() =>
        _world.Create(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = "default" } });

    private IActorRef Start(GarbageCollectorOptions? options = null) => Sys.ActorOf(
        GarbageCollectorActor.Props(new OwnerCollector(TestCatalogue.Default), _world.View, TestActor, TimeProvider.System, options ?? new()));

    private StoredObject Add(string name, params StoredObject[] owners) => _world.Create(new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject
        {
            ["name"] = name,
            ["namespace"] = "default",
            ["ownerReferences"] = new JsonArray([.. owners.Select(owner => (JsonNode)OwnerReferenceJson.Write(new("v1", "ConfigMap", owner.Key.Name, owner.Uid, true, true)))]),
        },
    });

    /// <summary>The next command, carried out and answered.</summary>
    private async Task<ObjectCommand> Serve()
    {
        var command = await ExpectMsgAsync<ObjectCommand>(Patience);
        LastSender.Tell(_world.Send(command));
        return command;
    }

    [Fact]
    public async Task Tombstone_in_the_feed_deletes_the_dependents()
    {
        var owner = Add("owner");
        var dependents = new[] { Add("a", owner), Add("b", owner) };
        Start();
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
        _world.Delete(owner.Key);
        var served = new[] { await Serve(), await Serve() };
        Assert.Equal(dependents.Select(dependent => dependent.Key), served.Select(command => command.Key).OrderBy(key => key.Name));
        Assert.All(served, command => Assert.IsType<DeleteObject>(command));
        Assert.Empty(_world.Live(new("", "configmaps")));
    }

    [Fact]
    public async Task What_was_left_before_the_start_is_found_by_the_sweep()
    {
        var owner = Add("owner");
        Add("a", owner);
        _world.Delete(owner.Key);
        Start();
        await Serve();
        Assert.Empty(_world.Live(new("", "configmaps")));
    }

    [Fact]
    public async Task Commands_without_an_answer_are_bounded()
    {
        var owner = Add("owner");
        for (var i = 0; i < 10; i++) Add($"d{i}", owner);
        _world.Delete(owner.Key);
        Start(new() { MaxInFlight = 3 });
        var first = await ExpectMsgAsync<ObjectCommand>(Patience);
        var asker = LastSender;
        for (var i = 0; i < 2; i++) await ExpectMsgAsync<ObjectCommand>(Patience);
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100));
        asker.Tell(_world.Send(first));
        await ExpectMsgAsync<ObjectCommand>(Patience);
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task What_changed_before_the_answer_came_is_examined_again()
    {
        var pod = Samples.Pod("counted-by-nobody");
        pod["metadata"]!["finalizers"] = new JsonArray("batch.kubernetes.io/job-tracking");
        pod["metadata"]!["ownerReferences"] = new JsonArray(OwnerReferenceJson.Write(new("batch/v1", "Job", "gone", "1", true, true)));
        _world.Create(pod);
        Start();
        var first = await ExpectMsgAsync<ObjectCommand>(Patience);
        var asker = LastSender;

        // The feed is faster than the answer.
        var answer = _world.Send(first);
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100));
        asker.Tell(answer);
        Assert.IsType<DeleteObject>(await Serve());
    }

    [Fact]
    public async Task Refused_command_is_sent_again_later()
    {
        var owner = Add("owner");
        Add("a", owner);
        _world.Delete(owner.Key);
        Start(new() { RetryDelay = TimeSpan.FromMilliseconds(20) });
        var command = await ExpectMsgAsync<ObjectCommand>(Patience);
        LastSender.Tell(new ObjectRejected(command.Key, ApiStatus.ServiceUnavailable("busy")));
        await Serve();
        Assert.Empty(_world.Live(new("", "configmaps")));
    }

    [Fact]
    public async Task More_than_the_queue_holds_is_found_by_later_sweeps()
    {
        var owner = Add("owner");
        for (var i = 0; i < 20; i++) Add($"d{i}", owner);
        var collector = Start(new() { QueueCapacity = 4, MaxInFlight = 1, SweepInterval = TimeSpan.FromHours(1) });
        _world.Delete(owner.Key);
        for (var round = 0; round < 5; round++)
        {
            for (var i = 0; i < 4; i++) await Serve();
            collector.Tell(GarbageCollectorActor.Sweep.Instance);
        }
        Assert.Empty(_world.Live(new("", "configmaps")));
    }
}
