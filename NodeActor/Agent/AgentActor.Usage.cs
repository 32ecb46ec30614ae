using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using NodeActor.Agent.Health;
using NodeActor.Pods;
using NodeActor.Pods.Usage;
using Shared.Protocol;

namespace NodeActor.Agent;

/// <summary>What the node and its pods use. Told at most once: the next sample makes up for a lost one.</summary>
public sealed partial class AgentActor
{
    private MachineUse _machine = MachineUse.None;
    private NodeUse? _own;
    private TimeSpan _usageDue;
    private bool _machineFails;

    private void ReceiveUsage() => Receive<PodsUsed>(used =>
    {
        if (!_lease.IsRegistered) return;
        var own = _parts.Counters is null ? SumOf(used.Pods) : _own;
        _own = null;
        foreach (var report in UsageReports.Of(_options.Node, Epoch, own, used.Pods)) Send(report);
    });

    private void LookAtUsage()
    {
        if (Now < _usageDue) return;

        // Counted from when it was due, not from the tick that found it: else each would be a tick late. What was missed is not made up for.
        _usageDue += _options.UsageEvery;
        if (_usageDue <= Now) _usageDue = Now + _options.UsageEvery;
        LookAtMachinesUse();
        _supervisor.Tell(new SampleUsage(_options.UsageEvery));
    }

    private void LookAtMachinesUse()
    {
        if (_parts.Counters is not { } read) return;
        try
        {
            (_machine, _own) = _machine.Next(read(), Now, _parts.Time.GetUtcNow(), UsageRates.LongestWindow(_options.UsageEvery));
            _machineFails = false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            _own = null;
            if (!_machineFails) _log.Warning("Node {0} does not know what its machine uses: {1}", _options.Node, error.Message);
            _machineFails = true;
        }
    }

    /// <summary>A simulated node uses what its pods use.</summary>
    private NodeUse SumOf(ImmutableArray<PodUse> pods)
    {
        var (cpu, memory) = (0L, 0L);
        foreach (var container in pods.SelectMany(pod => pod.Containers)) (cpu, memory) = (Capped(cpu, container.CpuNanocores), Capped(memory, container.MemoryBytes));
        return new(_parts.Time.GetUtcNow(), _options.UsageEvery, cpu, memory);

        static long Capped(long sum, long more) => sum > long.MaxValue - more ? long.MaxValue : sum + more;
    }
}
