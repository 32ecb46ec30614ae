using NodeActor.Pods.Machine;
using NodeActor.Runtime;

namespace Tests.Unit.Pods;

/// <summary>
/// A runtime that outlives every agent and holds one pod. Calls return null or an error's words; each is one step, so whatever else happens may happen
/// before and after it. It notes when what must never happen did.
/// </summary>
internal sealed class SimulatedRuntime(Func<DateTimeOffset> clock)
{
    private readonly Dictionary<(string Name, int Attempt), string> _ran = [];
    private int _ids;

    public List<RuntimeSandbox> Sandboxes { get; } = [];
    public List<RuntimeContainer> Containers { get; } = [];
    public List<string> Log { get; } = [];

    /// <summary>Whether a second sandbox or container of one attempt is refused.</summary>
    public bool ReservesAttempts { get; init; } = true;

    /// <summary>Set while the pod counts as stopped: whoever told so was believed, and it may run elsewhere.</summary>
    public bool ToldStopped { get; set; }

    /// <summary>Null, or the first thing that must never happen and did.</summary>
    public string? Violation { get; private set; }

    public RuntimePod Snapshot() => new([.. Sandboxes], [.. Containers]);

    public RuntimeContainer? Find(string id) => Containers.FirstOrDefault(one => one.Id == id);

    public void Violate(string what)
    {
        Log.Add(what);
        Violation ??= what;
    }

    /// <summary>Nobody knows any more of attempts above the ones told of: they may be counted again.</summary>
    public void Forget(Func<string, int> told)
    {
        foreach (var one in _ran.Keys.Where(one => one.Attempt > told(one.Name)).ToArray()) _ran.Remove(one);
    }

    public string? MakeSandbox(int attempt, out string id)
    {
        id = $"s{++_ids}";
        if (ReservesAttempts && Sandboxes.Any(one => one.Attempt == attempt)) return $"sandbox attempt {attempt} is reserved";
        Log.Add($"sandbox {id} attempt {attempt}");
        Sandboxes.Add(new(id, TestPods.Uid, "default", "web", attempt, true) { IPs = ["10.1.0.2"], CreatedAt = clock() });
        return null;
    }

    public string? EndSandbox(string id)
    {
        foreach (var container in Containers.Where(one => one.SandboxId == id && one.MayRun).ToArray()) SetExited(container.Id, 137);
        LoseSandbox(id);
        return null;
    }

    /// <summary>The sandbox's own process ends; the containers in it live on.</summary>
    public void LoseSandbox(string id)
    {
        var at = Sandboxes.FindIndex(one => one.Id == id);
        if (at >= 0) Sandboxes[at] = Sandboxes[at] with { Ready = false };
    }

    public string? DropSandbox(string id)
    {
        EndSandbox(id);
        Containers.RemoveAll(one => one.SandboxId == id);
        Sandboxes.RemoveAll(one => one.Id == id);
        return null;
    }

    public string? MakeContainer(StartContainer start, string sandbox, string image, out string id)
    {
        id = $"c{++_ids}";
        if (ReservesAttempts && Containers.Any(one => one.Name == start.Container && one.Attempt == start.Attempt)) return $"attempt {start.Attempt} of {start.Container} is reserved";
        if (!Sandboxes.Any(one => one.Id == sandbox && one.Ready)) return $"sandbox {sandbox} is not ready";
        Log.Add($"container {id} {start.Container} attempt {start.Attempt} in {sandbox}");
        Containers.Add(new(id, TestPods.Uid, sandbox, start.Container, start.Attempt, ContainerPhase.Created) { CreatedAt = clock(), RestartDelay = start.RestartDelay, Image = image });
        return null;
    }

    public string? RunContainer(string id)
    {
        var at = Containers.FindIndex(one => one.Id == id);
        if (at < 0 || Containers[at].Phase != ContainerPhase.Created) return $"container {id} is not created";
        if (!Sandboxes.Any(one => one.Id == Containers[at].SandboxId && one.Ready)) return $"the sandbox of {id} is not ready";
        Log.Add($"container {id} runs");
        Containers[at] = Containers[at] with { Phase = ContainerPhase.Running, StartedAt = clock() };
        Judge(Containers[at]);
        return null;
    }

    public string? DropContainer(string id)
    {
        Containers.RemoveAll(one => one.Id == id);
        return null;
    }

    public void SetExited(string id, int code, string reason = "")
    {
        var at = Containers.FindIndex(one => one.Id == id && one.MayRun);
        if (at < 0) return;
        Log.Add($"container {id} exits with {code}");
        Containers[at] = Containers[at] with
        {
            Phase = ContainerPhase.Exited,
            ExitCode = code,
            FinishedAt = clock(),
            Reason = reason.Length > 0 ? reason : code == 0 ? "Completed" : "Error",
        };
    }

    /// <summary>The runtime does not know any more how a container is; its process runs on.</summary>
    public void LoseTrack(string name)
    {
        var at = Containers.FindIndex(one => one.Name == name && one.Phase == ContainerPhase.Running);
        if (at >= 0) Containers[at] = Containers[at] with { Phase = ContainerPhase.Unknown };
    }

    /// <summary>The machine starts anew: nothing runs and the runtime has no record of anything.</summary>
    public void Reboot()
    {
        Log.Add("machine rebooted");
        Containers.Clear();
        Sandboxes.Clear();
    }

    private void Judge(RuntimeContainer begun)
    {
        var others = Containers.Where(one => one.MayRun && one.Id != begun.Id).ToArray();
        if (others.Any(one => one.Name == begun.Name)) Violate($"two running containers named {begun.Name}");
        if (others.Any(one => one.SandboxId != begun.SandboxId)) Violate("containers of the pod run in two sandboxes");
        if (_ran.TryGetValue((begun.Name, begun.Attempt), out var id) && id != begun.Id) Violate($"attempt {begun.Attempt} of {begun.Name} runs a second time");
        if (ToldStopped) Violate($"{begun.Name} runs after the pod was told to have stopped");
        _ran[(begun.Name, begun.Attempt)] = begun.Id;
    }
}
