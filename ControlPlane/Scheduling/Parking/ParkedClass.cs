using ControlPlane.Scheduling.Predicates;

namespace ControlPlane.Scheduling.Parking;

/// <summary>Parked pods that ask for the same: a node that refuses one refuses all. Changed by <see cref="ParkedPods"/> alone.</summary>
internal sealed class ParkedClass(string signature, PodDemand demand)
{
    public string Signature { get; } = signature;

    /// <summary>What each of them asks for.</summary>
    public PodDemand Demand { get; } = demand;

    /// <summary>The pods, the most urgent first.</summary>
    public SortedSet<PendingPod> Pods { get; } = new(Urgency.Instance);

    /// <summary>The most urgent one.</summary>
    public PendingPod First => Pods.Min!;

    /// <summary>The predicates that refused a node each.</summary>
    public PredicateSet Lacks { get; internal set; }

    /// <summary>What a pod's class is known by: all that predicates look at, and the priority.</summary>
    public static string Sign(PodDemand pod)
    {
        var text = new Signature().Add(pod.Key.Namespace).Add(pod.Priority).Add(pod.NodeName);
        text.Add(pod.Labels.Count);
        foreach (var (key, value) in pod.Labels.OrderBy(label => label.Key, StringComparer.Ordinal)) text.Add(key).Add(value);
        text.Add(pod.Requests.MilliCpu).Add(pod.Requests.Memory).Add(pod.Requests.EphemeralStorage).Add(pod.Requests.Extended.Length);
        foreach (var (name, amount) in pod.Requests.Extended) text.Add(name).Add(amount);
        text.Add(pod.Ports.Length);
        foreach (var port in pod.Ports) text.Add(port.Protocol).Add(port.Ip).Add(port.Port);
        text.Add(pod.Tolerations.Length);
        foreach (var toleration in pod.Tolerations) text.Add(toleration.Key).Add(toleration.Exists).Add(toleration.Value).Add((int?)toleration.Effect ?? -1);
        SignNodes(text, pod.Affinity);
        text.Add(pod.RequiredAffinity.Length);
        foreach (var term in pod.RequiredAffinity) text.Add(term.TopologyKey).Add(term.Pods.Text);
        text.Add(pod.RequiredAntiAffinity.Length);
        foreach (var term in pod.RequiredAntiAffinity) text.Add(term.TopologyKey).Add(term.Pods.Text);
        text.Add(pod.Spread.Length);
        foreach (var spread in pod.Spread)
        {
            text.Add(spread.TopologyKey).Add(spread.Pods.Text).Add(spread.MaxSkew).Add(spread.MinDomains).Add(spread.HonorAffinity).Add(spread.HonorTaints);
        }
        text.Add(pod.Claims.Length);
        foreach (var claim in pod.Claims) text.Add(claim);
        return text.ToString();
    }

    private static void SignNodes(Signature text, NodeAffinityTerms affinity)
    {
        text.Add(affinity.Selector.Length);
        foreach (var (key, value) in affinity.Selector) text.Add(key).Add(value);
        text.Add(affinity.Required?.Length ?? -1);
        foreach (var term in affinity.Required ?? []) text.Add(term.Labels.AsSpan()).Add(term.Names.AsSpan());
    }
}
