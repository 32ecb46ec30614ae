using ControlPlane.Scheduling.Predicates;
using CsCheck;
using Xunit;

namespace Tests.Unit.Scheduling.Topology;

/// <summary>
/// The predicates, on counts that are kept through any sequence of changes, against rules that count anew. For each rule there is a mutant: the
/// same comparison with rules that lack it must fail, or nothing here would notice if the predicate lacked it.
/// </summary>
public sealed class TopologyProperties
{
    private static readonly InterPodAffinity Affinity = new();
    private static readonly PodTopologySpread Spread = new();

    [Fact]
    public void Affinity_admits_what_the_rules_admit() => Assert.Null(Difference(Affinity, 2, 0, Rule.None, 1500));

    [Fact]
    public void Spreading_admits_what_the_rules_admit() => Assert.Null(Difference(Spread, 0, 2, Rule.None, 1500));

    [Theory]
    [InlineData(Rule.Affinity)]
    [InlineData(Rule.AntiAffinity)]
    [InlineData(Rule.OthersAntiAffinity)]
    [InlineData(Rule.FirstOfItsGroup)]
    [InlineData(Rule.FirstNeedsKeys)]
    [InlineData(Rule.AllTermsTogether)]
    [InlineData(Rule.NamespacesByName)]
    [InlineData(Rule.NamespacesByLabel)]
    [InlineData(Rule.OwnNamespaceOnly)]
    [InlineData(Rule.LeavingPodsAreNear)]
    public void Affinity_without_a_rule_differs(Rule rule) => Assert.NotNull(Difference(Affinity, 2, 0, rule, 3000));

    [Theory]
    [InlineData(Rule.MaxSkew)]
    [InlineData(Rule.MissingKey)]
    [InlineData(Rule.MinDomains)]
    [InlineData(Rule.CountsItself)]
    [InlineData(Rule.LeavingPodsDoNotCount)]
    [InlineData(Rule.AllKeysOfANode)]
    [InlineData(Rule.AffinityPolicy)]
    [InlineData(Rule.TaintsPolicy)]
    [InlineData(Rule.MatchLabelKeys)]
    [InlineData(Rule.SameNamespaceOnly)]
    [InlineData(Rule.EmptyDomainsCount)]
    public void Spreading_without_a_rule_differs(Rule rule) => Assert.NotNull(Difference(Spread, 0, 2, rule, 3000));

    /// <summary>The first difference between a predicate and the rules in generated clusters; null if there is none.</summary>
    private static string? Difference(IPredicate predicate, int terms, int spreads, Rule without, int clusters)
    {
        string? difference = null;
        try
        {
            Gen.Select(GeneratedCluster.Change(terms, spreads).Array[1, 40], GeneratedCluster.Pod(terms, spreads).Array[1, 4]).Sample(
                (changes, pods) =>
                {
                    var cluster = new GeneratedCluster();
                    var reference = new TopologyReference(cluster, without);
                    for (var i = 0; i < changes.Length; i++)
                    {
                        changes[i](cluster);
                        // Asked in between, so that there are counts to be kept.
                        var pod = pods[i % pods.Length] with { Number = 100 };
                        var prepared = predicate.Prepare(pod.Demand, cluster.Layout);
                        foreach (var node in cluster.Layout.Nodes)
                        {
                            var there = cluster.Nodes[node.Name];
                            var expected = predicate is InterPodAffinity ? reference.AdmitsByAffinity(pod, there) : reference.AdmitsBySpread(pod, there);
                            if (prepared?.Admits(pod.Demand, node) != false == expected) continue;
                            throw new DifferenceException($"{predicate.Name}, {pod} on {there}: the rules say {expected}; {string.Join("; ", cluster.Placed.Values)}; {string.Join("; ", cluster.Nodes.Values)}");
                        }
                    }
                },
                iter: clusters, threads: 1);
        }
        catch (Exception found) when (found is DifferenceException || found.GetBaseException() is DifferenceException)
        {
            difference = found.GetBaseException().Message;
        }
        return difference;
    }

    private sealed class DifferenceException(string message) : Exception(message);
}
