using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using NodeActor.Pods.Usage;
using NodeActor.Runtime;

namespace NodeActor.Pods;

/// <summary>What pods use: asked of the runtime when the agent wants to know, one call at a time.</summary>
public sealed partial class PodSupervisor
{
    private readonly UsageRates _rates = new();
    private TimeSpan _sampleEvery;
    private bool _sampling;
    private bool _samplingFails;

    private void ReceiveUsage()
    {
        Receive<SampleUsage>(sample =>
        {
            _sampleEvery = sample.Every;
            if (_sampling) return;
            if (_pods.Count == 0)
            {
                // An idle node does not trouble its runtime.
                _agent.Tell(PodsUsed.None);
                return;
            }
            _sampling = true;
            _runtime.CountersAsync(_ended.Token).PipeTo(Self, success: counters => new Sampled(counters, ""), failure: error => new Sampled([], error.Message));
        });
        Receive<Sampled>(sampled =>
        {
            _sampling = false;
            var fails = sampled.Error.Length > 0;
            if (fails && !_samplingFails) _log.Warning("The runtime does not tell what containers use: {0}", sampled.Error);
            else if (!fails && _samplingFails) _log.Info("The runtime tells again what containers use.");
            _samplingFails = fails;
            _agent.Tell(fails ? PodsUsed.None : new PodsUsed(_rates.Next(sampled.Counters, UsageRates.LongestWindow(_sampleEvery))));
        });
    }

    private sealed record Sampled(ImmutableArray<ContainerCounters> Counters, string Error);
}
