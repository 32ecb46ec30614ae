using System.Runtime.InteropServices;
using k8s;
using k8s.LeaderElection;
using k8s.LeaderElection.ResourceLock;
using WebsiteOperator;

// Run several: the one that holds the Lease works, and the others wait for it to end.
var configuration = KubernetesClientConfiguration.BuildDefaultConfig();
using var client = new Kubernetes(configuration);
using var stop = new CancellationTokenSource();
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

var identity = $"{Environment.MachineName}-{Guid.NewGuid():N}";
using var elector = new LeaderElector(new(new LeaseLock(client, configuration.Namespace ?? "default", DesiredObjects.Operator, identity))
{
    LeaseDuration = TimeSpan.FromSeconds(15),
    RenewDeadline = TimeSpan.FromSeconds(10),
    RetryPeriod = TimeSpan.FromSeconds(2),
});
var work = Task.CompletedTask;
elector.OnError += error => Console.WriteLine($"electing a leader: {error.Message}");
elector.OnStartedLeading += () => work = Lead();

try
{
    await elector.RunUntilLeadershipLostAsync(stop.Token);
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.WriteLine($"{identity} was stopped");
}
var lost = !stop.IsCancellationRequested;

// Whoever leads next must be alone: what was begun ends before this process does.
await stop.CancelAsync();
await work;
return lost ? 1 : 0;

async Task Lead()
{
    Console.WriteLine($"{identity} leads");
    try
    {
        await new WebsiteController(new(client)).Run(stop.Token);
    }
    catch (OperationCanceledException) when (stop.IsCancellationRequested)
    {
        Console.WriteLine($"{identity} leads no longer");
    }
    finally
    {
        await stop.CancelAsync();
    }
}

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}
