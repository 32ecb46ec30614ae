using System.Collections.Immutable;
using System.Text.Json.Nodes;
using NodeActor.Pods.Machine;
using Shared.Protocol;

namespace Tests.Unit.Pods;

/// <summary>How the agents of the world learn and decide, and how what they decided is carried out.</summary>
internal sealed partial class PodWorld
{
    private SimulatedAgent NewAgent() => new(new PodState(TestPods.Key, TestPods.Uid) { HostIPs = ["10.0.0.1"] });

    private void StartAgent()
    {
        _agent = NewAgent();
        Stopped = false;
        if (_gone) Take(_agent, new Vanished());
        else
        {
            Take(_agent, new DesiredChanged(TestPods.Parse(Merged())));
            Take(_agent, Objects());
        }
    }

    private ObjectsKnown Objects() => new(TestPods.Parse(_desired).References.All
        .ToImmutableDictionary(key => key, key => new HeldObject(_objects.TryGetValue(key, out var json) ? new ReadOnlyMemory<byte>(json) : default(ReadOnlyMemory<byte>?))));

    private string Name(SimulatedAgent agent) => agent == _agent ? "" : "old agent, ";

    private void LeaveCalls(SimulatedAgent agent) => _lateCalls.AddRange(agent.Running.Where(one => one.Steps.Count > 0).Select(one => one.Steps.Peek()));

    private void Step(SimulatedAgent agent, int index, Fate fate)
    {
        if (agent.Running.Count == 0) return;
        var one = agent.Running[index % agent.Running.Count];
        if (one.Answer is { } answer && fate == Fate.Answered)
        {
            agent.Running.Remove(one);
            Log.Add($"{Name(agent)}{one.Operation.Key}: {(answer is OperationFailed failed ? failed.Message : "done")}");
            Take(agent, answer);
            return;
        }
        if (fate != Fate.Answered)
        {
            if (fate == Fate.AnswerLost && one.Steps.Count > 0) one.Steps.Dequeue()();
            if (fate == Fate.DoneLater && one.Steps.Count > 0) _lateCalls.Add(one.Steps.Peek());
            Log.Add($"{Name(agent)}{one.Operation.Key}: {fate}");
            agent.Running.Remove(one);
            Take(agent, new OperationFailed(one.Operation.Key, fate.ToString(), OutcomeUnknown: fate != Fate.Refused));
            return;
        }
        var error = one.Steps.Dequeue()();
        if (error is not null) one.Answer = new OperationFailed(one.Operation.Key, error, OutcomeUnknown: true);
        else if (one.Steps.Count == 0) one.Answer = one.Conclude();
    }

    /// <summary>The desired pod with the status that was last told: the control plane stored it.</summary>
    private JsonObject Merged()
    {
        var pod = (JsonObject)_desired.DeepClone();
        if (_stored is not { } told || !_mutant.ReadsStatus) return pod;
        var status = pod["status"]!.AsObject();
        var others = (status["conditions"]?.AsArray() ?? []).Where(one => !PodStatusOwnership.Conditions.Contains((string)one!["type"]!)).Select(one => one!.DeepClone());
        foreach (var (name, value) in told.AsObject()) status[name] = value?.DeepClone();
        foreach (var other in others.ToArray()) status["conditions"]!.AsArray().Add(other);
        return pod;
    }

    private void TakeAll(Func<PodFact> fact)
    {
        Take(_agent, fact());
        if (_old is not null) Take(_old, fact());
    }

    private void Take(SimulatedAgent agent, PodFact fact)
    {
        var step = _mutant.Apply(agent.State, fact, Clock);
        agent.State = step.State;
        foreach (var told in step.Events) Events.Add((told.Event.Reason, told.Event.Message));
        Decide(agent);
    }

    private void Decide(SimulatedAgent agent)
    {
        var decision = _mutant.Decide(agent.State, Clock);
        agent.State = decision.State;
        agent.Wake = decision.Wake;
        foreach (var action in decision.Actions) CarryOut(agent, action);
    }

    private void CarryOut(SimulatedAgent agent, PodAction action)
    {
        switch (action)
        {
            case PodOperation operation:
                if (agent.Running.Any(one => one.Operation.Key == operation.Key)) _runtime.Violate($"{operation.Key} twice at once");
                else agent.Running.Add(Begin(agent.State, operation));
                break;
            case TellStatus when agent == _agent:
                _stored = agent.State.Told;
                break;
            case TellEvent told:
                Events.Add((told.Event.Reason, told.Event.Message));
                break;
            case AskDrain:
                DrainAsked = true;
                if (AnswersDrain) Take(agent, new DrainConfirmed());
                break;
            case TellStopped when agent == _agent:
                if (agent.State.ChangingShape) _runtime.Violate("told to have stopped while something is still being made");
                (Stopped, _runtime.ToldStopped) = (true, true);
                break;
        }
    }

    private RunningOperation Begin(PodState state, PodOperation operation)
    {
        var key = operation.Key;
        switch (operation)
        {
            case ObservePod:
                return new(operation, [() => null], () => new PodObserved(key, _runtime.Snapshot()));
            case ObserveExit exit:
                return new(operation, [() => null], () => new ContainerSeen(key, exit.Id, _runtime.Find(exit.Id)));
            case RunSandbox run:
                var sandbox = "";
                return new(operation, [() => _runtime.MakeSandbox(run.Attempt, out sandbox)], () =>
                    Sandboxes.FirstOrDefault(one => one.Id == sandbox) is { } made ? new SandboxStarted(key, made) : new OperationFailed(key, "vanished", true));
            case StopSandbox stop:
                return new(operation, [() => _runtime.EndSandbox(stop.Id)], () => new OperationDone(key));
            case RemoveSandbox remove:
                return new(operation, [() => _runtime.DropSandbox(remove.Id)], () => new OperationDone(key));
            case EnsureImage image:
                return new(operation, [() => null], () => HasImage(image.Image)
                    ? new ImageReady(key, image.Container, new(image.Image, image.Image, [], 0, null, ""))
                    : new ImageFailed(key, image.Container, image.Policy == "Never" ? "ErrImageNeverPull" : "ErrImagePull", "no such image"));
            case StartContainer start:
                var (box, from) = (state.Observed!.Current?.Id ?? "", state.Definition!.Container(start.Container)!.Spec.Image);
                var id = "";
                return new(operation, [() => _runtime.MakeContainer(start, box, from, out id), () => _runtime.RunContainer(id)],
                    () => _runtime.Find(id) is { } ran ? new ContainerStarted(key, ran) : new OperationFailed(key, "vanished", true));
            case RemoveContainer remove:
                return new(operation, [() => _runtime.Find(remove.Id)?.MayRun == true ? null : _runtime.DropContainer(remove.Id)], () => new ContainerSeen(key, remove.Id, _runtime.Find(remove.Id)));
            case StopContainer stop:
                // A process that does not heed TERM: it lives until its deadline.
                return new(operation, [() => { _runtime.SetExited(stop.Id, 137); return null; }], () => new ContainerSeen(key, stop.Id, _runtime.Find(stop.Id)), stop.Deadline);
            case RunPostStart hook:
                return new(operation, [() => null], () => new PostStartEnded(key, hook.Id, null));
            case CleanUp:
                CleanUps++;
                return new(operation, [() => null], () => HoldsFolders is { } held ? new OperationFailed(key, held, true) : new OperationDone(key));
            case RunProbe probe:
                return new(operation, [() => null], () => new ProbeEnded(key, probe.Id, probe.Kind, new(Probe(probe.Container, probe.Kind), "said so")));
            default:
                return new(operation, [() => null], () => new OperationDone(key));
        }
    }
}
