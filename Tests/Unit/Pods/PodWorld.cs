using System.Text.Json.Nodes;
using NodeActor.Pods.Machine;
using NodeActor.Probes;
using NodeActor.Runtime;
using Shared.Api;

namespace Tests.Unit.Pods;

/// <summary>
/// A node with one pod, a runtime and a clock of its own, in which everything happens when the test says so: each call to the runtime is a step, and so
/// is the delivery of its answer. Between any two steps the agent may die, an answer may be lost, a call may be done later than it was answered, a
/// container may exit. The runtime outlives the agent; an agent that was replaced may live on beside the new one.
/// </summary>
internal sealed partial class PodWorld
{
    private readonly List<Func<string?>> _lateCalls = [];
    private readonly PodMutant _mutant;
    private readonly SimulatedRuntime _runtime;
    private readonly Queue<RuntimePod> _listings = [];
    private readonly Dictionary<ObjectKey, byte[]> _objects = [];
    private SimulatedAgent _agent = null!;
    private SimulatedAgent? _old;
    private JsonObject _desired;
    private JsonNode? _stored;
    private bool _gone;
    private DateTimeOffset _dayZero = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public PodWorld(JsonObject desired, PodMutant? mutant = null)
    {
        _desired = desired;
        _mutant = mutant ?? PodMutant.None;
        _runtime = new(() => Clock.Wall) { ReservesAttempts = _mutant.ReservesAttempts };
        StartAgent();
    }

    /// <summary>Elapsed time; what waits, waits for this.</summary>
    public TimeSpan Now { get; private set; } = TimeSpan.FromDays(1);
    public Moment Clock => new(Now, _dayZero + Now);
    public PodState State => _agent.State;
    public TimeSpan? Wake => _agent.Wake;
    public List<RuntimeSandbox> Sandboxes => _runtime.Sandboxes;
    public List<RuntimeContainer> Containers => _runtime.Containers;
    public List<string> Log => _runtime.Log;
    public List<(string Reason, string Message)> Events { get; } = [];
    public bool Stopped { get; private set; }
    public bool DrainAsked { get; private set; }

    /// <summary>Whether a drain is answered at once.</summary>
    public bool AnswersDrain { get; set; } = true;

    /// <summary>What probes say, by container name.</summary>
    public Func<string, ProbeKind, bool> Probe { get; set; } = (_, _) => true;

    /// <summary>Which images can be had.</summary>
    public Func<string, bool> HasImage { get; set; } = _ => true;

    /// <summary>Why the pod's folders can not be removed; null: they can.</summary>
    public string? HoldsFolders { get; set; }

    /// <summary>How often their removal was tried.</summary>
    public int CleanUps { get; private set; }


    public JsonNode Status => _stored!;
    public string Phase => (string?)Status["phase"] ?? "";
    public int UnderWay => _agent.Running.Count;

    public IEnumerable<StopContainer> Stops => _agent.Running.Select(one => one.Operation).OfType<StopContainer>();

    /// <summary>kill -9 and a new agent: all memory is gone, and calls in flight may or may not happen.</summary>
    public void KillAgent(bool callsStillHappen)
    {
        Log.Add($"agent killed (calls {(callsStillHappen ? "still happen" : "are lost")})");
        if (callsStillHappen) LeaveCalls(_agent);
        StartAgent();
    }

    /// <summary>A new agent starts while the one before it lives on, cut off from the control plane; one from before that is killed.</summary>
    public void SucceedAgent()
    {
        Log.Add("a second agent starts");
        KillOld();
        _old = _agent;
        StartAgent();
    }

    /// <summary>The agent that lives on beside the new one is killed; its calls in flight still happen.</summary>
    public void KillOld()
    {
        if (_old is not null) LeaveCalls(_old);
        _old = null;
    }

    /// <summary>kill -9 and a new agent that no control plane tells anything: it knows of the pod only what the runtime has.</summary>
    public void RestartCutOff()
    {
        Log.Add("agent restarted, cut off");
        _agent = NewAgent();
        Stopped = false;
    }

    /// <summary>Lets calls take effect that somebody gave up on, or that an earlier agent left behind.</summary>
    public void FinishLateCalls()
    {
        foreach (var call in _lateCalls) call();
        _lateCalls.Clear();
    }

    public void Desire(JsonObject desired)
    {
        Log.Add("pod is desired");
        (_desired, _gone, _runtime.ToldStopped) = (desired, false, false);
        TakeAll(() => new DesiredChanged(TestPods.Parse(Merged())));
        TakeAll(Objects);
    }

    /// <summary>The control plane has this ConfigMap or Secret; null: it has it no more.</summary>
    public void Has(ObjectKey key, byte[]? json)
    {
        if (json is null) _objects.Remove(key);
        else _objects[key] = json;
        TakeAll(Objects);
    }

    public void Delete(int graceSeconds) => Desire(TestPods.Deleted(_desired, graceSeconds));

    public void Vanish()
    {
        Log.Add("pod vanishes");
        _gone = true;
        TakeAll(() => new Vanished());
    }

    /// <summary>A pod that had vanished is there again.</summary>
    public void DesireAgain()
    {
        if (_gone) _runtime.Forget(ToldAttempt);
        Desire(_desired);
    }

    public void Fence(bool fenced, TimeSpan grace = default) => TakeAll(() => new FenceChanged(fenced, grace));

    /// <summary>Does one step of the operation at an index.</summary>
    public void Step(int index, Fate fate = Fate.Answered) => Step(_agent, index, fate);

    /// <summary>Does one step of the operation of a key.</summary>
    public void Step(string key, Fate fate = Fate.Answered)
    {
        var at = _agent.Running.FindIndex(one => one.Operation.Key == key);
        if (at < 0) throw new InvalidOperationException($"{key} is not under way; {string.Join(", ", _agent.Running.Select(one => one.Operation.Key))} are");
        Step(at, fate);
    }

    /// <summary>Carries out everything but operations on containers.</summary>
    public void SettleUpToContainers()
    {
        while (_agent.Running.FindIndex(one => !one.Operation.Key.StartsWith("container/", StringComparison.Ordinal)) is var at and >= 0) Step(at);
    }

    /// <summary>The same of the agent that lives on.</summary>
    public void StepOld(int index, Fate fate = Fate.Answered)
    {
        if (_old is null) return;
        if (_old.Running.Count == 0) Decide(_old);
        Step(_old, index, fate);
    }

    /// <summary>Carries out everything until the machine waits for time or for something to happen.</summary>
    public void Settle()
    {
        for (var rounds = 0; _agent.Running.Any(one => one.Ready(Now)); rounds++)
        {
            if (rounds > 4000) throw new InvalidOperationException("the machine does not come to rest:\n" + string.Join('\n', Log.TakeLast(40)));
            Step(_agent.Running.FindIndex(one => one.Ready(Now)));
        }
    }

    /// <summary>Somebody sets the clock.</summary>
    public void StepClock(TimeSpan by)
    {
        Log.Add($"clock set by {by}");
        _dayZero += by;
    }

    /// <summary>Lets time pass, deciding whenever the machine asked to.</summary>
    public void Pass(TimeSpan time)
    {
        var until = Now + time;
        for (var rounds = 0; rounds < 5000; rounds++)
        {
            Settle();
            var next = _agent.Running.Select(one => one.NotBefore).Append(Wake ?? TimeSpan.MaxValue).Where(one => one > Now).Append(TimeSpan.MaxValue).Min();
            if (next > until) break;
            Now = next;
            Decide(_agent);
        }
        Now = until;
        Decide(_agent);
        Settle();
    }

    /// <summary>Carries out what is under way until an operation of a key is among it.</summary>
    public void StepUntilBusy(string key)
    {
        for (var steps = 0; !State.Busy(key); steps++)
        {
            if (steps > 100) throw new InvalidOperationException($"{key} does not come:\n{string.Join('\n', Log.TakeLast(40))}");
            Step(0);
        }
    }

    /// <summary>Lets time pass until an operation of a key is under way.</summary>
    public void PassUntilBusy(string key)
    {
        while (!State.Busy(key))
        {
            Now = Wake ?? throw new InvalidOperationException($"nothing will come, not {key}");
            Decide(_agent);
        }
    }

    public void Exit(string name, int code, string reason = "")
    {
        var container = Containers.LastOrDefault(one => one.Name == name && one.MayRun);
        if (container is null) return;
        _runtime.SetExited(container.Id, code, reason);
        TakeAll(() => new ExitHinted(container.Id));
    }

    /// <summary>An exit that nobody tells of; the next listing shows it.</summary>
    public void ExitUnseen(string name, int code)
    {
        if (Containers.LastOrDefault(one => one.Name == name && one.MayRun) is { } container) _runtime.SetExited(container.Id, code);
    }

    public void KillSandbox()
    {
        foreach (var sandbox in Sandboxes.ToArray()) _runtime.LoseSandbox(sandbox.Id);
        foreach (var sandbox in Sandboxes.ToArray()) TakeAll(() => new ExitHinted(sandbox.Id));
    }

    /// <summary>The runtime loses track of a running container.</summary>
    public void LoseTrack(string name) => _runtime.LoseTrack(name);

    /// <summary>The machine reboots: the runtime forgets everything, and the agent begins anew.</summary>
    public void Reboot()
    {
        _old = null;
        _lateCalls.Clear();
        _runtime.Reboot();
        _runtime.Forget(ToldAttempt);
        StartAgent();
    }

    /// <summary>Lists the runtime; what it shows is delivered later.</summary>
    public void List() => _listings.Enqueue(_runtime.Snapshot());

    /// <summary>Delivers the oldest listing that was not.</summary>
    public void DeliverListing()
    {
        if (_listings.TryDequeue(out var listing)) TakeAll(() => new Relisted(listing));
    }

    public void Relist()
    {
        _listings.Clear();
        List();
        DeliverListing();
    }

    public RuntimeContainer? Latest(string name) => Containers.Where(one => one.Name == name).MaxBy(one => one.Attempt);

    public string? Condition(string type) =>
        (string?)Status["conditions"]!.AsArray().FirstOrDefault(one => (string?)one!["type"] == type)?["status"];

    public JsonNode ContainerStatus(string name) => StatusOf(name)!;

    /// <summary>Null, or how the world broke what must never happen.</summary>
    public string? Violation() => _runtime.Violation is { } what ? $"{what}:\n{string.Join('\n', Log.TakeLast(80))}" : null;

    private JsonNode? StatusOf(string container) => new[] { "containerStatuses", "initContainerStatuses" }
        .SelectMany(list => _stored?[list]?.AsArray() ?? []).FirstOrDefault(one => (string?)one!["name"] == container);

    /// <summary>The newest attempt that a stored status tells of; -1: of none.</summary>
    private int ToldAttempt(string container) => StatusOf(container) is { } told && told["containerID"] is not null ? (int)told["restartCount"]! : -1;
}
