using Shared.Processes;
using Tests.Chaos.Lab;

namespace Tests.Chaos.Faults;

/// <summary>Nothing goes from one place of the network to some others, or back; clients reach all of them.</summary>
internal sealed class CutNetwork(LabNetwork network, string one, params IReadOnlyList<string> others) : IFault
{
    public string Name => $"cut between {one} and {string.Join(", ", others)}";

    public async Task Inject()
    {
        foreach (var other in others) await network.Cut(one, other);
    }

    public async Task Heal()
    {
        foreach (var other in others) await network.Join(one, other);
    }
}

/// <summary>
/// What leaves one place of the network is late: by a delay of its own where the kernel has netem, otherwise by a line so slow that it has to queue.
/// </summary>
internal sealed class SlowNetwork(LabNetwork network, string at) : IFault
{
    private bool _delays;

    public string Name => $"slow network of {at}{(_delays ? ", delayed" : "")}";

    public async Task Inject()
    {
        var enter = network.Enter(at);
        string[] add = [.. enter[1..], "tc", "qdisc", "add", "dev", "eth0", "root"];
        _delays = (await ExternalProgram.TryRun(enter[0], [.. add, "netem", "delay", "80ms", "40ms"])).Succeeded;
        if (!_delays) await ExternalProgram.Run(enter[0], [.. add, "tbf", "rate", "1mbit", "burst", "8k", "latency", "2s"]);
    }

    public Task Heal() => network.Run(at, "tc", "qdisc", "del", "dev", "eth0", "root");
}
