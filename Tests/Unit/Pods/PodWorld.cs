using System.Text.Json.Nodes;
using NodeActor.Pods.Machine;
using NodeActor.Probes;
using NodeActor.Runtime;
using Shared.Api;
using Shared.Protocol;

namespace Tests.Unit.Pods;

/// <summary>
/// A node with one pod, a runtime and a clock of its own, in which everything happens when the test says so: each call to the runtime is a step,
/// and between any two steps the agent may die, an answer may be lost, a container may exit. The runtime outlives the agent, and a call that
/// was under way when the agent died may still take effect.
/// </summary>
internal sealed class PodWorld
{
    private readonly List<Running> _running = [];
    private readonly List<Func<string?>> _orphanedCalls = [];
    private JsonObject _desired;
    private int _ids;
    private bool _gone;

    public PodWorld(JsonObject desired)
    {
        _desired = desired;
        StartAgent();
    }

    public DateTimeOffset Now { get; private set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public PodState State { get; private set; } = null!;
    public DateTimeOffset? Wake { get; private set; }
    public List<RuntimeSandbox> Sandboxes { get; } = [];
    public List<RuntimeContainer> Containers { get; } = [];
    public List<string> Log { get; } = [];
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

    /// <summary>What objects the control plane has.</summary>
    public Dictionary<ObjectKey, byte[]> Objects { get; } = [];

    public JsonNode Status => State.Told!;
    public string Phase => (string?)Status["phase"] ?? "";
    public int UnderWay => _running.Count;

    public IEnumerable<StopContainer> Stops => _running.Select(one => one.Operation).OfType<StopContainer>();

    /// <summary>kill -9 and a new agent: all memory is gone, and calls in flight may or may not happen.</summary>
    public void KillAgent(bool callsStillHappen)
    {
        Log.Add($"agent killed (calls {(callsStillHappen ? "still happen" : "are lost")})");
        foreach (var one in _running.Where(one => callsStillHappen && one.Steps.Count > 0)) _orphanedCalls.Add(one.Steps.Peek());
        _running.Clear();
        StartAgent();
    }

    /// <summary>kill -9 and a new agent that no control plane tells anything: it knows of the pod only what the runtime has.</summary>
    public void RestartCutOff()
    {
        Log.Add("agent restarted, cut off");
        _running.Clear();
        State = new PodState(TestPods.Key, TestPods.Uid) { HostIPs = ["10.0.0.1"] };
        (Stopped, Wake) = (false, null);
    }

    /// <summary>Lets a call that an earlier agent left behind take effect.</summary>
    public void FinishOrphanedCalls()
    {
        foreach (var call in _orphanedCalls) call();
        _orphanedCalls.Clear();
    }

    public void Desire(JsonObject desired)
    {
        (_desired, _gone) = (desired, false);
        Take(new DesiredChanged(TestPods.Parse(Merged())));
    }

    public void Delete(int graceSeconds) => Desire(TestPods.Deleted(_desired, graceSeconds));

    public void Vanish()
    {
        _gone = true;
        Take(new Vanished());
    }

    /// <summary>A pod that had vanished is there again.</summary>
    public void DesireAgain() => Desire(_desired);

    public void Fence(bool fenced, TimeSpan grace = default) => Take(new FenceChanged(fenced, grace));

    /// <summary>Does one step of the operation at an index; with <paramref name="loseAnswer"/> the agent only learns that it does not know.</summary>
    public void Step(int index, bool loseAnswer = false, bool loseCall = false)
    {
        if (_running.Count == 0) return;
        var one = _running[index % _running.Count];
        if (loseAnswer || loseCall)
        {
            if (!loseCall && one.Steps.Count > 0) one.Steps.Dequeue()();
            Log.Add($"{one.Operation.Key}: {(loseCall ? "call" : "answer")} lost");
            _running.Remove(one);
            Take(new OperationFailed(one.Operation.Key, "connection lost", OutcomeUnknown: true));
            return;
        }
        var error = one.Steps.Count > 0 ? one.Steps.Dequeue()() : null;
        if (error is null && one.Steps.Count > 0) return;
        _running.Remove(one);
        Log.Add($"{one.Operation.Key}: {error ?? "done"}");
        Take(error is null ? one.Answer() : new OperationFailed(one.Operation.Key, error, OutcomeUnknown: true));
    }

    /// <summary>Carries out everything until the machine waits for time or for something to happen.</summary>
    public void Settle()
    {
        for (var rounds = 0; _running.Any(one => one.Operation is not StopContainer || one.Ready(Now)); rounds++)
        {
            if (rounds > 2000) throw new InvalidOperationException("the machine does not come to rest:\n" + string.Join('\n', Log.TakeLast(40)));
            Step(_running.FindIndex(one => one.Operation is not StopContainer || one.Ready(Now)));
        }
    }

    /// <summary>Lets time pass, deciding whenever the machine asked to.</summary>
    public void Pass(TimeSpan time)
    {
        var until = Now + time;
        for (var rounds = 0; rounds < 5000; rounds++)
        {
            Settle();
            var next = _running.Select(one => one.NotBefore).Append(Wake ?? DateTimeOffset.MaxValue).Where(one => one > Now).Append(DateTimeOffset.MaxValue).Min();
            if (next > until) break;
            Now = next;
            Decide();
        }
        Now = until;
        Decide();
        Settle();
    }

    public void Exit(string name, int code, string reason = "")
    {
        var container = Containers.LastOrDefault(one => one.Name == name && one.MayRun);
        if (container is null) return;
        SetExited(container.Id, code, reason);
        Take(new ExitHinted(container.Id));
    }

    /// <summary>An exit that nobody tells of; the next listing shows it.</summary>
    public void ExitUnseen(string name, int code)
    {
        if (Containers.LastOrDefault(one => one.Name == name && one.MayRun) is { } container) SetExited(container.Id, code, "");
    }

    public void KillSandbox()
    {
        for (var at = 0; at < Sandboxes.Count; at++) Sandboxes[at] = Sandboxes[at] with { Ready = false };
        foreach (var sandbox in Sandboxes) Take(new ExitHinted(sandbox.Id));
    }

    public void Relist() => Take(new Relisted(Snapshot()));

    public RuntimeContainer? Latest(string name) => Containers.Where(one => one.Name == name).MaxBy(one => one.Attempt);

    public string? Condition(string type) =>
        (string?)Status["conditions"]!.AsArray().FirstOrDefault(one => (string?)one!["type"] == type)?["status"];

    public JsonNode ContainerStatus(string name) => new[] { "containerStatuses", "initContainerStatuses" }
        .SelectMany(list => Status[list]?.AsArray() ?? []).First(one => (string?)one!["name"] == name)!;

    /// <summary>Null, or how the world breaks what must never happen.</summary>
    public string? Violation()
    {
        var twice = Containers.Where(one => one.MayRun).GroupBy(one => one.Name).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? null : $"{twice.Count()} running containers named {twice.Key}:\n{string.Join('\n', Log.TakeLast(60))}";
    }

    private void StartAgent()
    {
        State = new PodState(TestPods.Key, TestPods.Uid) { HostIPs = ["10.0.0.1"] };
        Stopped = false;
        if (_gone) Take(new Vanished());
        else Take(new DesiredChanged(TestPods.Parse(Merged())));
    }

    /// <summary>The desired pod with the status that was last told: the control plane stored it.</summary>
    private JsonObject Merged()
    {
        var pod = (JsonObject)_desired.DeepClone();
        if ((State?.Told ?? _stored) is not { } told) return pod;
        var status = pod["status"]!.AsObject();
        var others = (status["conditions"]?.AsArray() ?? []).Where(one => !PodStatusOwnership.Conditions.Contains((string)one!["type"]!)).Select(one => one!.DeepClone());
        foreach (var (name, value) in told.AsObject()) status[name] = value?.DeepClone();
        foreach (var other in others.ToArray()) status["conditions"]!.AsArray().Add(other);
        return pod;
    }

    private JsonNode? _stored;

    private void Take(PodFact fact)
    {
        var step = PodMachine.Apply(State, fact, Now);
        State = step.State;
        foreach (var told in step.Events) Events.Add((told.Event.Reason, told.Event.Message));
        Decide();
    }

    private void Decide()
    {
        var decision = PodMachine.Decide(State, Now);
        State = decision.State;
        Wake = decision.Wake;
        foreach (var action in decision.Actions) CarryOut(action);
    }

    private void CarryOut(PodAction action)
    {
        switch (action)
        {
            case PodOperation operation:
                if (_running.Any(one => one.Operation.Key == operation.Key)) throw new InvalidOperationException($"{operation.Key} twice at once");
                _running.Add(Begin(operation));
                break;
            case TellStatus:
                _stored = State.Told;
                break;
            case TellEvent told:
                Events.Add((told.Event.Reason, told.Event.Message));
                break;
            case AskObject ask:
                Take(new ObjectArrived(ask.Key, Objects.TryGetValue(ask.Key, out var json) ? new ReadOnlyMemory<byte>(json) : default(ReadOnlyMemory<byte>?)));
                break;
            case AskDrain:
                DrainAsked = true;
                if (AnswersDrain) Take(new DrainConfirmed());
                break;
            case TellStopped:
                Stopped = true;
                break;
        }
    }

    private Running Begin(PodOperation operation)
    {
        switch (operation)
        {
            case ObservePod:
                return new(operation, [() => null], () => new PodObserved(operation.Key, Snapshot()));
            case ObserveExit exit:
                return new(operation, [() => null], () => new ContainerSeen(operation.Key, exit.Id, Containers.FirstOrDefault(one => one.Id == exit.Id)));
            case RunSandbox run:
                var sandbox = "";
                return new(operation, [() => MakeSandbox(run.Attempt, out sandbox)], () => new SandboxStarted(operation.Key, Sandboxes.First(one => one.Id == sandbox)));
            case StopSandbox stop:
                return new(operation, [() => EndSandbox(stop.Id)], () => new OperationDone(operation.Key));
            case RemoveSandbox remove:
                return new(operation, [() => DropSandbox(remove.Id)], () => new OperationDone(operation.Key));
            case EnsureImage image:
                return new(operation, [() => null], () => HasImage(image.Image)
                    ? new ImageReady(operation.Key, image.Container, new(image.Image, image.Image, [], 0, null, ""))
                    : new ImageFailed(operation.Key, image.Container, image.Policy == "Never" ? "ErrImageNeverPull" : "ErrImagePull", "no such image"));
            case StartContainer start:
                var (box, made) = (State.Observed!.Current!.Id, State.Definition!.Container(start.Container)!.Spec.Image);
                var id = "";
                return new(operation, [() => MakeContainer(start, box, made, out id), () => RunContainer(id)],
                    () => Containers.FirstOrDefault(one => one.Id == id) is { } ran ? new ContainerStarted(operation.Key, ran) : new OperationFailed(operation.Key, "vanished", true));
            case RemoveContainer remove:
                return new(operation, [() => DropContainer(remove.Id)], () => new ContainerSeen(operation.Key, remove.Id, null));
            case StopContainer stop:
                // A process that does not heed TERM: it lives until its deadline.
                return new(operation, [() => { SetExited(stop.Id, 137, ""); return null; }],
                    () => new ContainerSeen(operation.Key, stop.Id, Containers.FirstOrDefault(one => one.Id == stop.Id)), stop.Deadline);
            case RunPostStart hook:
                return new(operation, [() => null], () => new PostStartEnded(operation.Key, hook.Id, null));
            case CleanUp:
                CleanUps++;
                return new(operation, [() => null], () => HoldsFolders is { } held ? new OperationFailed(operation.Key, held, true) : new OperationDone(operation.Key));
            case RunProbe probe:
                return new(operation, [() => null], () => new ProbeEnded(operation.Key, probe.Id, probe.Kind, new(Probe(probe.Container, probe.Kind), "said so")));
            default:
                return new(operation, [() => null], () => new OperationDone(operation.Key));
        }
    }

    private RuntimePod Snapshot() => new([.. Sandboxes], [.. Containers]);

    private string? MakeSandbox(int attempt, out string id)
    {
        id = $"s{++_ids}";
        if (Sandboxes.Any(one => one.Attempt == attempt)) return $"sandbox attempt {attempt} is reserved";
        Log.Add($"sandbox {id} attempt {attempt}");
        Sandboxes.Add(new(id, TestPods.Uid, "default", "web", attempt, true) { IPs = ["10.1.0.2"], CreatedAt = Now });
        return null;
    }

    private string? EndSandbox(string id)
    {
        foreach (var container in Containers.Where(one => one.SandboxId == id && one.MayRun).ToArray()) SetExited(container.Id, 137, "");
        var at = Sandboxes.FindIndex(one => one.Id == id);
        if (at >= 0) Sandboxes[at] = Sandboxes[at] with { Ready = false };
        return null;
    }

    private string? DropSandbox(string id)
    {
        EndSandbox(id);
        Containers.RemoveAll(one => one.SandboxId == id);
        Sandboxes.RemoveAll(one => one.Id == id);
        return null;
    }

    private string? MakeContainer(StartContainer start, string sandbox, string image, out string id)
    {
        id = $"c{++_ids}";
        if (Containers.Any(one => one.Name == start.Container && one.Attempt == start.Attempt)) return $"attempt {start.Attempt} of {start.Container} is reserved";
        if (!Sandboxes.Any(one => one.Id == sandbox && one.Ready)) return $"sandbox {sandbox} is not ready";
        Log.Add($"container {id} {start.Container} attempt {start.Attempt} in {sandbox}");
        Containers.Add(new(id, TestPods.Uid, sandbox, start.Container, start.Attempt, ContainerPhase.Created) { CreatedAt = Now, RestartDelay = start.RestartDelay, Image = image });
        return null;
    }

    private string? RunContainer(string id)
    {
        var at = Containers.FindIndex(one => one.Id == id);
        if (at < 0 || Containers[at].Phase != ContainerPhase.Created) return $"container {id} is not created";
        Log.Add($"container {id} runs");
        Containers[at] = Containers[at] with { Phase = ContainerPhase.Running, StartedAt = Now };
        return null;
    }

    private string? DropContainer(string id)
    {
        Containers.RemoveAll(one => one.Id == id);
        return null;
    }

    private void SetExited(string id, int code, string reason)
    {
        var at = Containers.FindIndex(one => one.Id == id && one.MayRun);
        if (at < 0) return;
        Log.Add($"container {id} exits with {code}");
        Containers[at] = Containers[at] with
        {
            Phase = ContainerPhase.Exited,
            ExitCode = code,
            FinishedAt = Now,
            Reason = reason.Length > 0 ? reason : code == 0 ? "Completed" : "Error",
        };
    }

    /// <summary>An operation under way: its calls, and what it answers when they are through.</summary>
    private sealed class Running(PodOperation operation, IEnumerable<Func<string?>> steps, Func<PodFact> answer, DateTimeOffset notBefore = default)
    {
        public PodOperation Operation { get; } = operation;
        public Queue<Func<string?>> Steps { get; } = new(steps);
        public Func<PodFact> Answer { get; } = answer;
        public DateTimeOffset NotBefore { get; } = notBefore;

        public bool Ready(DateTimeOffset now) => NotBefore <= now;
    }
}
