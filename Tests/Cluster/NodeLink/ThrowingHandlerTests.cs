using System.Collections.Concurrent;
using System.Net;
using Akka.Actor;
using Akka.Event;
using ControlPlane.Journal;
using Xunit;

namespace Tests.Cluster.NodeLink;

/// <summary>A whole control plane in which something that follows the journal is broken.</summary>
public sealed class ThrowingHandlerTests(HollowNodes cluster) : IClassFixture<HollowNodes>
{
    private const string Pods = "/api/v1/namespaces/default/pods";
    private const int Replicas = 3;

    [Fact]
    public async Task Handler_that_always_throws_costs_no_write_its_answer_and_nobody_else_a_change()
    {
        await cluster.StartNodes("works");
        var cache = cluster.Host.Services.GetRequiredService<WatchCache>();
        var (faults, seen) = (new ConcurrentQueue<string>(), new ConcurrentQueue<long>());
        cluster.Host.System.EventStream.Subscribe(cluster.Host.System.ActorOf(Props.Create(() => new FaultBook(faults))), typeof(Error));
        cache.Applied += (_, _) => throw new InvalidOperationException("broken on purpose");
        cache.Applied += (batch, _) => seen.Enqueue(batch.To);

        var (code, made) = await cluster.Send(HttpMethod.Post, "/apis/apps/v1/namespaces/default/deployments", HollowNodes.Deployment(Replicas));
        Assert.True(code == HttpStatusCode.Created, made.ToJsonString());

        // Controllers, the scheduler and the node all learn of it.
        await cluster.Until("all pods to be ready", Pods, list => HollowNodes.Ready(list) == Replicas, 60);
        Assert.Contains(long.Parse((string)made["metadata"]!["resourceVersion"]!), seen);
        Assert.Contains(faults, fault => fault.Contains("broken on purpose", StringComparison.Ordinal));
    }

    private sealed class FaultBook : ReceiveActor
    {
        public FaultBook(ConcurrentQueue<string> faults) => Receive<Error>(logged => faults.Enqueue($"{logged.Message} {logged.Cause}"));
    }
}
