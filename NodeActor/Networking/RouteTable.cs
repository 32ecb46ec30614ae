using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace NodeActor.Networking;

/// <summary>How the kernel sends to an address.</summary>
public enum Reach
{
    /// <summary>Not at all: no route leads there.</summary>
    None,

    /// <summary>On a link this machine has.</summary>
    Link,

    /// <summary>Over a router.</summary>
    Router,
}

/// <summary>The main routing table, as <c>ip -4 -o route show</c> prints it. Pure.</summary>
public sealed class RouteTable
{
    private readonly ImmutableArray<Line> _others;

    private RouteTable(ImmutableArray<Line> own, ImmutableArray<Line> others) =>
        (Own, _others) = ([.. own.Select(line => (line.Prefix.ToString(), line.Gateway, line.Device))], others);

    /// <summary>The routes of the agent's own: range, gateway and device.</summary>
    public ImmutableArray<(string PodCidr, string Gateway, string Device)> Own { get; }

    public static RouteTable Parse(string shown)
    {
        var lines = shown.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Read).OfType<Line>().ToLookup(line => line.IsOwn);
        return new([.. lines[true]], [.. lines[false].OrderByDescending(line => line.Prefix.PrefixLength)]);
    }

    /// <summary>Where packets to an address go, by the routes of others: the longest prefix decides.</summary>
    public (Reach Reach, string Device) To(IPAddress address)
    {
        foreach (var line in _others)
        {
            if (line.Prefix.Contains(address)) return (line.Reach, line.Device);
        }
        return (Reach.None, "");
    }

    private static Line? Read(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        // A route that refuses (unreachable, blackhole, prohibit, throw) begins with its kind.
        var refuses = char.IsAsciiLetter(words[0][0]) && words[0] != "default";
        var prefix = words[refuses && words.Length > 1 ? 1 : 0];
        if (prefix == "default") prefix = "0.0.0.0/0";
        if (!prefix.Contains('/', StringComparison.Ordinal)) prefix += "/32";
        if (!IPNetwork.TryParse(prefix, out var network)) return null;
        var own = After("proto") == NodeRoutes.Protocol.ToString(CultureInfo.InvariantCulture);
        return new(network, After("via"), After("dev"), own, refuses ? Reach.None : words.Contains("via") ? Reach.Router : Reach.Link);

        string After(string word) => Array.IndexOf(words, word) is var at and >= 0 && at + 1 < words.Length ? words[at + 1] : "";
    }

    private sealed record Line(IPNetwork Prefix, string Gateway, string Device, bool IsOwn, Reach Reach);
}
