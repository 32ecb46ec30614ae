using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using NodeActor.Networking;
using NodeActor.Pods;
using NodeActor.Runtime.Containerd;
using Shared.Api;
using Tests.Support;

namespace Tests.EndToEnd.Runtime;

/// <summary>
/// The pods' half of an agent on a real containerd. The test plays the control plane: it says what is desired, has ConfigMaps and
/// Secrets, stores statuses, and confirms drains at once.
/// </summary>
internal sealed class NodeUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ActorSystem _system;
    private readonly PodBook _book = new();
    private readonly IActorRef _supervisor;
    private ImmutableDictionary<ObjectKey, FollowedObject> _objects = ImmutableDictionary<ObjectKey, FollowedObject>.Empty;
    private long _revision = 1;

    private NodeUnderTest(ContainerdFixture containerd, Func<PodNodeOptions, PodNodeOptions> configure)
    {
        Runtime = containerd.Connect();
        Options = configure(new PodNodeOptions(new("node-1"))
        {
            PodsDirectory = Path.Combine(containerd.Folder, "pods"),
            LogsDirectory = Path.Combine(containerd.Folder, "logs"),
            VolatileDirectory = Path.Combine(containerd.VolatileFolder, "pods"),
        });
        _system = ActorSystem.Create("runtime-test", ConfigurationFactory.ParseString("akka.loglevel = WARNING"));
        var book = _book;
        var agent = _system.ActorOf(Props.Create(() => new AgentStandIn(book)));
        _supervisor = _system.ActorOf(PodSupervisor.Props(agent, Runtime, Options, TimeProvider.System));
        _supervisor.Tell(new PodObjects(_objects, _revision));
        _supervisor.Tell(new HostProfile([containerd.NodeAddress], ImmutableDictionary<string, string>.Empty.Add("memory", "8Gi").Add("cpu", "2")));
    }

    public PodNodeOptions Options { get; }
    public ContainerdRuntime Runtime { get; }

    /// <param name="configure">What a test wants otherwise.</param>
    public static NodeUnderTest Start(ContainerdFixture containerd, Func<PodNodeOptions, PodNodeOptions>? configure = null) => new(containerd, configure ?? (options => options));

    public static bool Ready(JsonNode status) =>
        (status["conditions"]?.AsArray() ?? []).Any(one => (string?)one!["type"] == "Ready" && (string?)one["status"] == "True");

    public static JsonNode Container(JsonNode status, int index = 0) => status["containerStatuses"]![index]!;

    /// <summary>Says that there is a ConfigMap or Secret, or (null) that there is none any more.</summary>
    public void HasObject(string resource, string name, JsonObject? json)
    {
        var key = new ObjectKey("", resource, "default", name);
        _objects = json is null ? _objects.Remove(key) : _objects.SetItem(key, new(key, ++_revision, System.Text.Encoding.UTF8.GetBytes(json.ToJsonString())));
        _supervisor.Tell(new PodObjects(_objects, ++_revision));
    }

    /// <summary>Says that a pod is desired, with the status that was reported, if any was.</summary>
    public void Desire(TestPod pod) =>
        _supervisor.Tell(new DesiredPod(pod.Key, pod.Uid, (_book.Status(pod.Uid) is { } status ? pod with { Status = status } : pod).Json, 1));

    public void Delete(TestPod pod, int graceSeconds) => Desire(pod with { DeletionGrace = graceSeconds });

    public void Gone(TestPod pod) => _supervisor.Tell(new PodGone(pod.Key, pod.Uid));

    public void Synced(params TestPod[] pods) => _supervisor.Tell(new PodsSynced([.. pods.Select(one => one.Uid)]));

    /// <summary>Waits until the pod's reported status is as wanted, and returns it.</summary>
    public Task<JsonNode> Until(TestPod pod, string phase, Func<JsonNode, bool> wanted) => Until(
        phase,
        () => _book.Status(pod.Uid) is { } status && wanted(status) ? status : null,
        () => $"{_book.Status(pod.Uid)?.ToJsonString()}\n{string.Join('\n', Events(pod))}");

    public Task<JsonNode> UntilRunning(TestPod pod) => Until(pod, "running", status => (string?)status["phase"] == "Running");

    public Task<JsonNode> UntilReady(TestPod pod) => Until(pod, "ready", Ready);

    /// <summary>Waits until the runtime is, or is not, said to be able to run pods.</summary>
    public Task<string> UntilRuntime(bool works) => Until(
        works ? "runtime works" : "runtime is in trouble", () => _book.RuntimeTrouble is { } trouble && trouble.Length == 0 == works ? trouble : null, () => _book.RuntimeTrouble ?? "");

    public Task UntilStopped(TestPod pod) => Until("stopped", () => _book.IsStopped(pod.Uid) ? "" : null, () => string.Join('\n', Events(pod)));

    public Task UntilEvent(TestPod pod, string reason, string message) => Until(
        $"event {reason}: {message}",
        () => Events(pod).Any(one => one.StartsWith($"{reason}: ", StringComparison.Ordinal) && one.Contains(message, StringComparison.Ordinal)) ? "" : null,
        () => string.Join('\n', Events(pod)));

    public IReadOnlyList<string> Events(TestPod pod) => _book.EventsOf(pod.Uid);

    public string LogFile(TestPod pod, string container, int attempt) =>
        Path.Combine(new PodPaths(Options, pod.Key, pod.Uid).Logs, PodPaths.LogFile(container, attempt));

    /// <summary>What a container printed.</summary>
    public string Log(TestPod pod, string container, int attempt) =>
        File.Exists(LogFile(pod, container, attempt)) ? Printed(File.ReadAllText(LogFile(pod, container, attempt))) : "";

    public Task UntilLogged(TestPod pod, string container, int attempt, string text) => Until(
        $"log of {container} holds '{text}'",
        () => Log(pod, container, attempt).Contains(text, StringComparison.Ordinal) ? "" : null,
        () => Log(pod, container, attempt));

    /// <summary>Waits until the files of a container's log are as wanted.</summary>
    public Task UntilLog(TestPod pod, string phase, Func<bool> wanted) => Until($"log is {phase}", () => wanted() ? "" : null, () => string.Join('\n', Events(pod)));

    /// <summary>The text in lines of a CRI log.</summary>
    public static string Printed(string log) => string.Join('\n', log.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 4)[^1]));

    /// <summary>The agent dies; what it runs does not.</summary>
    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        Runtime.Dispose();
    }

    private async Task<T> Until<T>(string phase, Func<T?> look, Func<string> show) where T : class
    {
        var spent = Stopwatch.StartNew();
        while (spent.Elapsed < Patience)
        {
            var changed = _book.Changed;
            if (look() is { } found) return found;
            // Files change without a message.
            await Task.WhenAny(changed, Task.Delay(TimeSpan.FromMilliseconds(50)));
        }
        throw new TimeoutException($"Waited for: {phase}. Last seen:\n{show()}\nLogged:\n{_book.Logged}");
    }

    private sealed class AgentStandIn : ReceiveActor
    {
        public AgentStandIn(PodBook book)
        {
            Receive<PodAwaitsDrain>(awaits => Sender.Tell(new DrainedPod(awaits.Uid)));
            Receive<IPodMessage>(book.Take);
            Receive<LogEvent>(logged => book.Note(logged.ToString()));
            Context.System.EventStream.Subscribe(Self, typeof(Warning));
            Context.System.EventStream.Subscribe(Self, typeof(Error));
        }
    }
}
