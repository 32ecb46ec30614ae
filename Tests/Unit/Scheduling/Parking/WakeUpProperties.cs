using ControlPlane.Objects;
using ControlPlane.Scheduling;
using ControlPlane.Scheduling.Predicates;
using ControlPlane.Scheduling.Priorities;
using CsCheck;
using Shared.Json;
using Xunit;

namespace Tests.Unit.Scheduling.Parking;

/// <summary>
/// Whatever happens, when nothing is left to be tried no parked pod is admitted by any node: nothing waits for the backstop. The mutants hear
/// less than they should, and leave pods waiting.
/// </summary>
public sealed class WakeUpProperties
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly string[] Specs =
    [
        "{}", "{}",
        """{"nodeSelector":{"disk":"ssd"}}""",
        """{"priority":5}""",
        """{"containers":[{"ports":[{"hostPort":80}]}]}""",
        Term("podAffinity"), Term("podAntiAffinity"), Term("podAffinity", "kubernetes.io/hostname"), Term("podAntiAffinity", "kubernetes.io/hostname"),
        Spread("topology.kubernetes.io/zone"), Spread("kubernetes.io/hostname"),
    ];

    private static string Term(string kind, string key = "topology.kubernetes.io/zone") =>
        $$$$"""{"affinity":{"{{{{kind}}}}":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"{{{{key}}}}","labelSelector":{"matchLabels":{"app":"a"}}}]}}}""";

    private static string Spread(string key) =>
        $$$$"""{"topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"{{{{key}}}}","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"a"}}}]}""";

    /// <summary>One thing that happens: what, to which pod or node, and a detail.</summary>
    private static readonly Gen<(int What, int Which, int Detail, int Spec)> Happening = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 11], Gen.Int[0, 5], Gen.Int[0, Specs.Length - 1]);

    /// <summary>
    /// A pod comes to the zone that had none, on a node without room for the pod that waits: the other zone may then take it, though no node of
    /// that zone has changed.
    /// </summary>
    private static readonly (int What, int Which, int Detail, int Spec)[] ZoneCatchesUp =
    [
        Node(0, detail: 2, ssd: false), // 3 cores in z0
        Pod(0, detail: 4, spec: 0), // of app a, asks for nothing: goes to n0
        Node(1, detail: 3, ssd: true), // 1 core in z1
        Pod(1, detail: 5, spec: 2), // half a core, must go to n1
        Pod(2, detail: 2, spec: 9), // a core, of app a, spread over zones: neither node takes it
        Pod(3, detail: 4, spec: 2), // of app a, must go to n1
    ];

    /// <summary>The pod that another wants to be near comes to the zone, on a node without room for the pod that waits.</summary>
    private static readonly (int What, int Which, int Detail, int Spec)[] NeighbourComes =
    [
        Node(0, detail: 2, ssd: false), // 3 cores in z0
        Node(1, detail: 4, ssd: true), // 2 cores in z0
        Pod(0, detail: 3, spec: 2), // a core and a half, must go to n1
        Pod(1, detail: 3, spec: 5), // a core and a half, near app a in its zone: neither node takes it
        Pod(2, detail: 4, spec: 2), // of app a, must go to n1
    ];

    [Fact]
    public void Nothing_that_fits_is_left_waiting() => Happening.Array[1, 60].Sample(happenings => Play(happenings, PredicateChain.All), iter: 1500, threads: 1);

    [Fact]
    public void Nothing_waits_where_the_mutants_leave_pods_waiting()
    {
        Play(ZoneCatchesUp, PredicateChain.All);
        Play(NeighbourComes, PredicateChain.All);
    }

    [Theory]
    [InlineData("InterPodAffinity", false)]
    [InlineData("InterPodAffinity", true)]
    [InlineData("PodTopologySpread", false)]
    [InlineData("PodTopologySpread", true)]
    public void Predicate_that_hears_of_nothing_elsewhere_leaves_pods_waiting(string name, bool ofChangesButNotOfPods)
    {
        var deafened = new PredicateChain([.. PredicateChain.All.Predicates.Select(predicate => predicate.Name == name ? new Deaf(predicate, ofChangesButNotOfPods) : predicate)]);
        Assert.Throws<LeftException>(() => Play(name == "PodTopologySpread" ? ZoneCatchesUp : NeighbourComes, deafened));
    }

    private static (int What, int Which, int Detail, int Spec) Node(int which, int detail, bool ssd) => (0, which, detail, ssd ? 0 : 1);

    private static (int What, int Which, int Detail, int Spec) Pod(int which, int detail, int spec) => (9, which, detail, spec);

    private static void Play((int What, int Which, int Detail, int Spec)[] happenings, PredicateChain predicates)
    {
        var state = new SchedulerState(new SchedulerOptions { UnschedulableRetry = TimeSpan.FromDays(1) }, new Placement(predicates, PriorityList.All));
        var pods = new Dictionary<int, StoredObject>();
        var names = new Dictionary<string, int>();
        var now = Start;
        for (var i = 0; i < happenings.Length; i++)
        {
            var (what, which, detail, spec) = happenings[i];
            switch (what)
            {
                case 0 or 1:
                    state.NodeChanged(
                        Some.Node($"n{which % 5}", cpu: $"{1 + detail % 3}", zone: $"z{detail % 2}", labels: spec % 2 == 0 ? """{"disk":"ssd"}""" : "{}", unschedulable: detail == 5),
                        deleted: false, now);
                    break;
                case 2 when detail == 0:
                    state.NodeChanged(Some.Node($"n{which % 5}"), deleted: true, now);
                    break;
                case 2 or 3 when pods.Remove(which, out var gone):
                    state.PodChanged(Some.Changed(gone, _ => { }), deleted: true, now);
                    break;
                case 4 when pods.TryGetValue(which, out var going):
                    state.PodChanged(pods[which] = Some.Changed(going, json => json["metadata"]!["deletionTimestamp"] = Rfc3339.Write(now)), deleted: false, now);
                    break;
                case 5 when pods.TryGetValue(which, out var relabelled):
                    state.PodChanged(pods[which] = Some.Changed(relabelled, json => json["metadata"]!["labels"]!["app"] = detail % 2 == 0 ? "a" : "b"), deleted: false, now);
                    break;
                default:
                    if (pods.ContainsKey(which)) break;
                    var name = $"p{which}-{i}";
                    names[name] = which;
                    pods[which] = Some.Pod(name, cpu: $"{500 * (detail % 4)}m", spec: Specs[spec], labels: detail % 2 == 0 ? """{"app":"a"}""" : """{"app":"b"}""", created: now);
                    state.PodChanged(pods[which], deleted: false, now);
                    break;
            }
            if (detail > 1) Settle(1);
        }
        Settle(40);
        foreach (var pod in pods.Values.Where(pod => pod.Header.NodeName.Length == 0 && pod.Header.DeletionTimestamp is null))
        {
            foreach (var node in state.Layout.Nodes)
            {
                if (new Placement(predicates, PriorityList.All).Admits(PodDemand.Of(pod), node, state.Layout)) throw new LeftException($"{pod.Key} waits, and {node.Name} admits it");
            }
        }

        void Settle(int seconds)
        {
            for (var second = 0; second < seconds; second++, now = now.AddSeconds(1))
            {
                while (state.Next(now) is { } step)
                {
                    if (step.Node is not { } node) continue;
                    var which = names[step.Pod.Key.Name];
                    state.BindAccepted(pods[which] = Some.Changed(pods[which], json => json["spec"]!["nodeName"] = node), now);
                }
            }
        }
    }

    private sealed class LeftException(string message) : Exception(message);

    /// <summary>A predicate that is told less.</summary>
    private sealed class Deaf(IPredicate inner, bool onlyToPods) : IPredicate
    {
        public string Name => inner.Name;
        public ClusterChanges HelpedFromElsewhereBy => onlyToPods ? inner.HelpedFromElsewhereBy & ~(ClusterChanges.PodCame | ClusterChanges.PodLeft) : ClusterChanges.None;
        public IPreparedPredicate? Prepare(PodDemand pod, ClusterLayout layout) => inner.Prepare(pod, layout);
        public bool CanHelp(PodDemand refused, PodDemand other, ClusterChanges change, ClusterLayout layout) => inner.CanHelp(refused, other, change, layout);
    }
}
