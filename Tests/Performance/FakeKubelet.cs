using System.Net.Http.Headers;
using System.Text;
using System.Threading.Channels;

namespace Tests.Performance;

/// <summary>Reports every pod it is told of as Running and Ready, as soon as it can, for all nodes together.</summary>
public sealed class FakeKubelet
{
    private static readonly MediaTypeHeaderValue StrategicMerge = new("application/strategic-merge-patch+json");
    private readonly Channel<string> _pods;
    private readonly Task _workers;

    /// <summary>Starts with nothing to do.</summary>
    public FakeKubelet(LoadClients clients, string pods, int capacity)
    {
        _pods = Channel.CreateBounded<string>(capacity);
        var body = Encoding.UTF8.GetBytes(Status($"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ssZ}"));
        _workers = Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(async () =>
        {
            await foreach (var pod in _pods.Reader.ReadAllAsync()) await clients.Send(HttpMethod.Patch, $"{pods}/{pod}/status", body, StrategicMerge);
        })));
    }

    /// <summary>Reports a pod.</summary>
    /// <exception cref="InvalidOperationException">More pods than were told of at the start wait.</exception>
    public void Run(string pod)
    {
        if (!_pods.Writer.TryWrite(pod)) throw new InvalidOperationException("More pods are bound than there should be.");
    }

    /// <summary>Takes no more pods; fails if one could not be reported.</summary>
    public Task Stop()
    {
        _pods.Writer.TryComplete();
        return _workers;
    }

    private static string Status(string now) => $$$$"""
        {"status":{"phase":"Running","podIP":"10.2.0.1","startTime":"{{{{now}}}}",
         "conditions":[{"type":"Ready","status":"True","lastTransitionTime":"{{{{now}}}}"},{"type":"ContainersReady","status":"True","lastTransitionTime":"{{{{now}}}}"}],
         "containerStatuses":[{"name":"c","ready":true,"started":true,"restartCount":0,"image":"pause","imageID":"pause","state":{"running":{"startedAt":"{{{{now}}}}"}}}]}}
        """;
}
