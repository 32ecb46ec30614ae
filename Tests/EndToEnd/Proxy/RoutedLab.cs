using System.Collections.Immutable;
using NodeActor.Networking;
using Shared.Processes;
using Xunit;

namespace Tests.EndToEnd.Proxy;

/// <summary>
/// Three nodes with a pod each, as bare network namespaces: nodes 1 and 3 on one link, node 2 behind a router. Each pod answers HTTP on 8080 with the address
/// it was asked from, and at <c>/large</c> with more than fits one packet.
/// </summary>
internal sealed class RoutedLab : IAsyncDisposable
{
    public const int Large = 3_000_000;
    private const string Client = "/cgi-bin/client";
    private readonly NetworkSpaces _spaces = new("rt");
    private readonly Dictionary<int, PodRoutes> _routes = [];

    public static string PodRange(int node) => $"10.244.{node}.0/24";

    public static string PodAddress(int node) => $"10.244.{node}.2";

    /// <summary>The address of a node: its link is 192.168.1.0/24 or, behind the router, 192.168.2.0/24.</summary>
    public static string NodeAddress(int node) => node == 2 ? "192.168.2.2" : $"192.168.1.{node}";

    public static async Task<RoutedLab> Start()
    {
        var lab = new RoutedLab();
        try
        {
            await lab.Build();
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>The agent of a node is told of the others.</summary>
    /// <returns>What it could not do.</returns>
    public Task<string> Apply(int node, params ImmutableArray<NodeRoute> routes) => _routes[node].Apply(routes, PodRange(node), CancellationToken.None);

    /// <summary>All three know of each other.</summary>
    public async Task ApplyAll()
    {
        foreach (var node in _routes.Keys) Assert.Equal("", await Apply(node, [.. _routes.Keys.Where(other => other != node).Select(Route)]));
    }

    public static NodeRoute Route(int node) => new(PodRange(node), NodeAddress(node));

    /// <summary>The agent of a node starts anew.</summary>
    public void Restart(int node) => _routes[node] = new(new(_spaces.Enter($"n{node}")));

    /// <summary>Runs a program in a namespace (n1, p1, r).</summary>
    public Task<string> Run(string space, params string[] command) => _spaces.Run(space, command);

    /// <summary>What a pod or node gets from a pod; null if it gets nothing.</summary>
    public Task<string?> Get(string from, int pod, string path = Client) => _spaces.Get(from, PodAddress(pod), 8080, path);

    public ValueTask DisposeAsync() => _spaces.DisposeAsync();

    private async Task Build()
    {
        Directory.CreateDirectory(Path.Combine(_spaces.Files, "cgi-bin"));
        var client = _spaces.Files + Client;
        await File.WriteAllTextAsync(client, "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n%s' \"$REMOTE_ADDR\"\n");
        await ExternalProgram.Run("chmod", ["500", client]);
        await File.WriteAllTextAsync(Path.Combine(_spaces.Files, "large"), new string('x', Large));

        await _spaces.Add("r");
        await _spaces.Ip("r", "link set lo up", "link add one type bridge", "addr add 192.168.1.254/24 dev one", "link set one up", "link add two type bridge", "addr add 192.168.2.254/24 dev two", "link set two up");
        await Forward("r");
        foreach (var node in new[] { 1, 2, 3 }) await AddNode(node);
    }

    private async Task AddNode(int node)
    {
        var (space, pod, link) = ($"n{node}", $"p{node}", node == 2 ? "two" : "one");
        await _spaces.Add(space);
        await _spaces.Add(pod);
        await _spaces.Ip("r", $"link add {space} type veth peer name eth0 netns {_spaces.NameOf(space)}", $"link set {space} master {link} up");
        await _spaces.Ip(space, "link set lo up", $"addr add {NodeAddress(node)}/24 dev eth0", "link set eth0 up", $"route add default via 192.168.{(node == 2 ? 2 : 1)}.254",
            "link add cni0 type bridge", $"addr add 10.244.{node}.1/24 dev cni0", "link set cni0 up", $"link add v type veth peer name eth0 netns {_spaces.NameOf(pod)}", "link set v master cni0 up");
        await Forward(space);
        await _spaces.Ip(pod, "link set lo up", $"addr add {PodAddress(node)}/24 dev eth0", "link set eth0 up", $"route add default via 10.244.{node}.1");
        Restart(node);
        _spaces.Serve(pod, "httpd", "-f", "-p", "0.0.0.0:8080", "-h", _spaces.Files);
        await _spaces.Answers(pod, PodAddress(node), 8080, Client);
    }

    private Task Forward(string space) => _spaces.Run(space, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
}
