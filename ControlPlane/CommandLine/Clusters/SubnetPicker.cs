using System.Net;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>Finds a network for the nodes of a new cluster.</summary>
public static class SubnetPicker
{
    private const int Count = 256;

    /// <summary>The first of 10.98.0.0/24 ... 10.98.255.0/24 that touches none of <paramref name="used"/>, or null when all are taken.</summary>
    /// <param name="first">Where to begin to look: clusters that begin at different places seldom meet.</param>
    public static string? Pick(IReadOnlyCollection<IPNetwork> used, int first)
    {
        for (var i = 0; i < Count; i++)
        {
            var candidate = new IPNetwork(new IPAddress(new byte[] { 10, 98, (byte)((first + i) % Count), 0 }), 24);
            if (!used.Any(network => network.Contains(candidate.BaseAddress) || candidate.Contains(network.BaseAddress))) return candidate.ToString();
        }
        return null;
    }

    /// <summary>Reads what <c>ip -4 -o route show table all</c> prints: every destination but the default route.</summary>
    public static IReadOnlyList<IPNetwork> ParseRoutes(string routes)
    {
        string[] kinds = ["local", "broadcast", "unicast", "blackhole", "unreachable", "prohibit"];
        var networks = new List<IPNetwork>();
        foreach (var line in routes.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var destination = kinds.Contains(words[0]) && words.Length > 1 ? words[1] : words[0];
            if (IPNetwork.TryParse(destination, out var network)) networks.Add(network);
            else if (IPAddress.TryParse(destination, out var address)) networks.Add(new IPNetwork(address, 32));
        }
        return networks;
    }
}
