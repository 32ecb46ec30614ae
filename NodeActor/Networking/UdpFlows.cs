using System.Collections.Immutable;
using System.Globalization;

namespace NodeActor.Networking;

/// <summary>
/// Finds the UDP flows in the kernel's connection table that no longer go where their service leads. For UDP an entry lives as long as packets come, and its
/// packets meet no rule: they would go to a pod that is gone, or to nobody though there are pods by now. Pure.
/// </summary>
public static class UdpFlows
{
    /// <summary>The lines for <c>conntrack -R</c> that delete what is stale.</summary>
    /// <param name="listed">What <c>conntrack -L -p udp</c> printed.</param>
    /// <param name="before">Where packets could go before; what is in it and no more in <paramref name="now"/> leads nowhere.</param>
    public static ImmutableArray<string> Stale(string listed, IEnumerable<UdpTarget> now, IEnumerable<UdpTarget> before)
    {
        var targets = new Dictionary<(string Address, int Port), HashSet<ServiceBackend>>();
        foreach (var target in before) targets[(target.Address, target.Port)] = [];
        foreach (var target in now) targets[(target.Address, target.Port)] = [.. target.Backends];
        return [.. listed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith("udp", StringComparison.Ordinal)).Select(Read).Where(flow => IsStale(flow, targets)).Select(Deletion)];
    }

    private static bool IsStale(Flow flow, Dictionary<(string Address, int Port), HashSet<ServiceBackend>> targets)
    {
        if (!targets.TryGetValue((flow.To, flow.Port), out var backends) && !targets.TryGetValue(("", flow.Port), out backends)) return false;
        if (backends.Contains(flow.Answers)) return false;

        // What was not translated stays so as long as there is nothing to translate it to.
        return flow.Answers != new ServiceBackend(flow.To, flow.Port) || backends.Count > 0;
    }

    private static string Deletion(Flow flow) =>
        string.Create(CultureInfo.InvariantCulture, $"-D -f ipv4 -p udp -s {flow.From} -d {flow.To} --sport {flow.FromPort} --dport {flow.Port}");

    // Each line has the addresses and ports of a packet, then those of its answer.
    private static Flow Read(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split('=', 2)).Where(word => word.Length == 2).ToLookup(word => word[0], word => word[1]);
        return new(words["src"].First(), Port(words["sport"].First()), words["dst"].First(), Port(words["dport"].First()), new(words["src"].Last(), Port(words["sport"].Last())));
    }

    private static int Port(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private readonly record struct Flow(string From, int FromPort, string To, int Port, ServiceBackend Answers);
}
