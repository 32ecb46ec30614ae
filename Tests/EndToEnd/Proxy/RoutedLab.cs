using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
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
    private static int _count;
    private readonly string _id = string.Create(CultureInfo.InvariantCulture, $"rt{Environment.ProcessId % 100000}{Interlocked.Increment(ref _count)}");
    private readonly List<string> _spaces = [];
    private readonly List<Process> _servers = [];
    private readonly string _files = Directory.CreateTempSubdirectory("routed-").FullName;
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
    public void Restart(int node) => _routes[node] = new(Enter($"n{node}"));

    /// <summary>Runs a program in a namespace (n1, p1, r).</summary>
    public Task<string> Run(string space, params string[] command) => ExternalProgram.Run("nsenter", [$"--net=/run/netns/{_id}-{space}", .. command]);

    /// <summary>What a pod or node gets from a pod; null if it gets nothing.</summary>
    public async Task<string?> Get(string from, int pod, string path = "/cgi-bin/client")
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var result = await ExternalProgram.TryRun(
            "nsenter", [$"--net=/run/netns/{_id}-{from}", "busybox", "wget", "-q", "-O", "-", $"http://{PodAddress(pod)}:8080{path}"], stop: limit.Token);
        return result.Succeeded ? result.Output.Trim() : null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
            server.Dispose();
        }
        foreach (var space in _spaces) await ExternalProgram.TryRun("ip", ["netns", "del", space]);
        Directory.Delete(_files, recursive: true);
    }

    private ImmutableArray<string> Enter(string space) => ["nsenter", $"--net=/run/netns/{_id}-{space}"];

    private async Task Build()
    {
        Directory.CreateDirectory(Path.Combine(_files, "cgi-bin"));
        var client = Path.Combine(_files, "cgi-bin", "client");
        await File.WriteAllTextAsync(client, "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n%s' \"$REMOTE_ADDR\"\n");
        await ExternalProgram.Run("chmod", ["500", client]);
        await File.WriteAllTextAsync(Path.Combine(_files, "large"), new string('x', Large));

        await AddSpace("r");
        await Batch("r", "link set lo up", "link add one type bridge", "addr add 192.168.1.254/24 dev one", "link set one up", "link add two type bridge", "addr add 192.168.2.254/24 dev two", "link set two up");
        await Forward("r");
        foreach (var node in new[] { 1, 2, 3 }) await AddNode(node);
    }

    private async Task AddNode(int node)
    {
        var (space, pod, link) = ($"n{node}", $"p{node}", node == 2 ? "two" : "one");
        await AddSpace(space);
        await AddSpace(pod);
        await Batch("r", $"link add {space} type veth peer name eth0 netns {_id}-{space}", $"link set {space} master {link} up");
        await Batch(space, "link set lo up", $"addr add {NodeAddress(node)}/24 dev eth0", "link set eth0 up", $"route add default via 192.168.{(node == 2 ? 2 : 1)}.254",
            "link add cni0 type bridge", $"addr add 10.244.{node}.1/24 dev cni0", "link set cni0 up", $"link add v type veth peer name eth0 netns {_id}-{pod}", "link set v master cni0 up");
        await Forward(space);
        await Batch(pod, "link set lo up", $"addr add {PodAddress(node)}/24 dev eth0", "link set eth0 up", $"route add default via 10.244.{node}.1");
        Restart(node);
        _servers.Add(Process.Start(new ProcessStartInfo("nsenter", [.. Enter(pod)[1..], "busybox", "httpd", "-f", "-p", "0.0.0.0:8080", "-h", _files]))!);
        var limit = Stopwatch.StartNew();
        while (await Get(pod, node) is null)
        {
            if (limit.Elapsed > TimeSpan.FromSeconds(20)) throw new TimeoutException($"The server of pod {node} does not answer.");
        }
    }

    private Task Forward(string space) => Run(space, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");

    private Task Batch(string space, params string[] lines) => ExternalProgram.Run("ip", ["-n", $"{_id}-{space}", "-batch", "-"], string.Join('\n', lines) + "\n");

    private async Task AddSpace(string name)
    {
        _spaces.Add($"{_id}-{name}");
        await ExternalProgram.Run("ip", ["netns", "add", $"{_id}-{name}"]);
    }
}
