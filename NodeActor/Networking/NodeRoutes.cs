using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using k8s.Models;
using Shared.Api;

namespace NodeActor.Networking;

/// <summary>The way to the pods of another node.</summary>
public readonly record struct NodeRoute(string PodCidr, string Gateway)
{
    public override string ToString() => $"{PodCidr} via {Gateway}";
}

/// <summary>Decides over which node the pods of every other node are reached. Pure.</summary>
public static class NodeRoutes
{
    /// <summary>The number in <c>rtm_protocol</c> that tells the agent's routes from all others.</summary>
    public const int Protocol = 98;

    /// <summary>One route for each pod range of every other node that has an internal address.</summary>
    public static ImmutableArray<NodeRoute> Of(NodeName self, IEnumerable<V1Node> nodes) =>
    [
        .. nodes
            .Where(node => node.Metadata.Name != self.Value)
            .SelectMany(node => InternalAddress(node) is { } gateway ? Ranges(node).Select(range => new NodeRoute(range, gateway)) : [])
            .DistinctBy(route => route.PodCidr)
            .OrderBy(route => route.PodCidr, StringComparer.Ordinal),
    ];

    /// <summary>Whether <c>ip</c> can read it: at a word it can not read it ends the whole batch, whatever it was told.</summary>
    public static bool IsValid(NodeRoute route) =>
        IPNetwork.TryParse(route.PodCidr, out var range) && range.ToString() == route.PodCidr && range.BaseAddress.AddressFamily == AddressFamily.InterNetwork
        && IPAddress.TryParse(route.Gateway, out var gateway) && gateway.ToString() == route.Gateway && gateway.AddressFamily == AddressFamily.InterNetwork;

    /// <summary>What <c>ip -force -batch</c> complained of, by the lines it was given.</summary>
    public static ImmutableArray<string> Failures(ImmutableArray<string> batch, string errors)
    {
        const string ends = "Command failed -:";
        var failures = ImmutableArray.CreateBuilder<string>();
        var said = new List<string>();
        foreach (var line in errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!line.StartsWith(ends, StringComparison.Ordinal))
            {
                said.Add(line);
                continue;
            }
            failures.Add($"{batch[int.Parse(line[ends.Length..], CultureInfo.InvariantCulture) - 1]}: {string.Join(' ', said)}");
            said.Clear();
        }
        return failures.DrainToImmutable();
    }

    /// <summary>The lines for <c>ip -batch</c> that lead from what <c>ip route show proto 98</c> printed to <paramref name="wanted"/>.</summary>
    public static ImmutableArray<string> Batch(string shown, ImmutableArray<NodeRoute> wanted)
    {
        var present = shown.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Read).ToHashSet();
        var ranges = wanted.Select(route => route.PodCidr).ToHashSet();
        var lines = wanted.Where(route => !present.Contains(route)).Select(route => $"route replace {route.PodCidr} via {route.Gateway} proto {Protocol}")
            .Concat(present.Where(route => !ranges.Contains(route.PodCidr)).Select(route => $"route del {route.PodCidr} proto {Protocol}"));
        return [.. lines];
    }

    private static NodeRoute Read(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var via = Array.IndexOf(words, "via");
        return new NodeRoute(words[0], via >= 0 && via + 1 < words.Length ? words[via + 1] : "");
    }

    private static IEnumerable<string> Ranges(V1Node node) =>
        (node.Spec?.PodCIDRs is { Count: > 0 } several ? several : [node.Spec?.PodCIDR ?? ""]).Where(range => range.Contains('.', StringComparison.Ordinal));

    private static string? InternalAddress(V1Node node) =>
        node.Status?.Addresses?.FirstOrDefault(address => address.Type == "InternalIP" && !address.Address.Contains(':', StringComparison.Ordinal))?.Address;
}
