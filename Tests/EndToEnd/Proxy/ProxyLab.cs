using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using ControlPlane.CommandLine.Clusters;
using k8s;
using k8s.Models;
using NodeActor.Networking;
using Shared.Api;
using Shared.Processes;
using Tests.Unit.Networking;

namespace Tests.EndToEnd.Proxy;

/// <summary>
/// Two nodes and their pods as bare network namespaces on a bridge: what the proxy sees of a cluster, without one. Each pod answers HTTP on 8080
/// with its name, and echoes lines on 9000.
/// </summary>
internal sealed class ProxyLab : IAsyncDisposable
{
    private static int _count;
    private readonly string _id = string.Create(CultureInfo.InvariantCulture, $"px{Environment.ProcessId % 100000}{Interlocked.Increment(ref _count)}");
    private readonly List<string> _spaces = [];
    private readonly List<Process> _servers = [];
    private readonly string _files = Directory.CreateTempSubdirectory("proxy-").FullName;
    private readonly Dictionary<int, NftServiceProxy> _proxies = [];
    private string _net = "";
    private long _revision;

    /// <summary>The address of a node.</summary>
    public string NodeAddress(int node) => $"{_net}.{node}";

    /// <summary>The address of the machine the test runs on, which to the nodes is a client outside the cluster.</summary>
    public string HostAddress => $"{_net}.254";

    public static string PodAddress(int node, int pod) => $"10.244.{node}.{pod + 1}";

    public static async Task<ProxyLab> Start()
    {
        var lab = new ProxyLab();
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

    /// <summary>Applies services and slices on both nodes, and what they are told of further nodes.</summary>
    /// <returns>What node 1 could not do.</returns>
    public async Task<NetworkReport> Apply(IEnumerable<V1Service> services, IEnumerable<V1EndpointSlice> slices, params (int Node, string Address)[] others)
    {
        var report = NetworkReport.Well;
        _revision++;
        var followedServices = services.Select(service => Followed("services", service.Metadata, service)).ToArray();
        var followedSlices = slices.Select(slice => Followed("endpointslices", slice.Metadata, slice)).ToArray();
        foreach (var (node, proxy) in _proxies)
        {
            var network = ProxyObjects.Network with { PodCidr = $"10.244.{node}.0/24" };
            var told = await proxy.Apply(
                new NetworkView(new NodeName($"node-{node}"), _revision, network, [.. followedServices], [.. followedSlices], [.. others.Select(other => Node(other.Node, other.Address)), .. new[] { 1, 2 }.Select(own => Node(own, NodeAddress(own)))]),
                CancellationToken.None);
            if (node == 1) report = told;
        }
        return report;
    }

    /// <summary>What a pod answers with.</summary>
    public static string Name((int Node, int Pod) pod) => $"pod-{pod.Node}{pod.Pod}";

    /// <summary>A slice of the service <c>web</c> with these pods, all ready.</summary>
    public static V1EndpointSlice Ready(params (int Node, int Pod)[] pods) =>
        ProxyObjects.Slice([.. pods.Select(pod => (PodAddress(pod.Node, pod.Pod), $"node-{pod.Node}", true, false))]);

    /// <summary>The different answers to twenty questions: twenty draws out of two miss one of them once in half a million times.</summary>
    public static async Task<IReadOnlyList<string>> Answers(Func<Task<string?>> ask)
    {
        var answers = new SortedSet<string>();
        for (var i = 0; i < 20; i++) answers.Add(await ask() ?? "(failed)");
        return [.. answers];
    }

    /// <summary>Agents that start anew: they know nothing of what is programmed.</summary>
    public void RestartProxies()
    {
        foreach (var node in _proxies.Keys.ToArray()) _proxies[node] = Proxy(node);
    }

    /// <summary>The table of node 1, as nft tells it.</summary>
    public Task<string> Table(bool json = false) =>
        ExternalProgram.Run("nsenter", [$"--net=/run/netns/{_id}-n1", "nft", .. json ? ["-j"] : Array.Empty<string>(), "list", "table", "ip", NftTable.Name]);

    /// <summary>A socket of this process inside a namespace.</summary>
    public Socket Open(string from, SocketType type, ProtocolType protocol) => NamespaceSocket.Open($"{_id}-{from}", type, protocol);

    /// <summary>How a TCP connection from a namespace (null: from outside the cluster) fares: <c>TimedOut</c> if nothing answers for two seconds.</summary>
    public async Task<SocketError> Connect(string? from, string address, int port)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        using var socket = from is null ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) : Open(from, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address, port, limit.Token);
            return SocketError.Success;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode;
        }
        catch (OperationCanceledException)
        {
            return SocketError.TimedOut;
        }
    }

    /// <summary>The pod ranges node 1 has routes of its own to.</summary>
    public async Task<IReadOnlyList<string>> Routes() =>
        [.. (await ExternalProgram.Run("ip", ["-n", $"{_id}-n1", "-4", "-o", "route", "show", "proto", "98"])).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0])];

    /// <summary>One HTTP request from inside a namespace; what it answered, or null when it failed.</summary>
    public async Task<string?> Get(string from, string address, int port = 80)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var result = await ExternalProgram.TryRun(
            "nsenter", [$"--net=/run/netns/{_id}-{from}", "busybox", "wget", "-q", "-O", "-", $"http://{address}:{port}/"], stop: limit.Token);
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
        await ExternalProgram.TryRun("ip", ["link", "del", _id]);
        Directory.Delete(_files, recursive: true);
    }

    private async Task Build()
    {
        var routes = SubnetPicker.ParseRoutes(await ExternalProgram.Run("ip", ["-4", "-o", "route", "show", "table", "all"]));
        var subnet = SubnetPicker.Pick(routes, Environment.ProcessId % 256)!;
        _net = subnet[..subnet.LastIndexOf('.')];
        await ExternalProgram.Run("ip", ["-batch", "-"], $"link add {_id} type bridge\naddr add {_net}.254/24 dev {_id}\nlink set {_id} up\n");
        foreach (var node in new[] { 1, 2 })
        {
            await AddNode(node);
            foreach (var pod in new[] { 1, 2 }) await AddPod(node, pod);
        }
    }

    private async Task AddNode(int node)
    {
        var space = await AddSpace($"n{node}");
        await ExternalProgram.Run("ip", ["-batch", "-"], $"link add {_id}n{node} type veth peer name eth0 netns {space}\nlink set {_id}n{node} master {_id} up\n");
        await ExternalProgram.Run("ip", ["-n", space, "-batch", "-"], $"""
            link set lo up
            addr add {NodeAddress(node)}/24 dev eth0
            link set eth0 up
            route add default via {_net}.254
            link add cni0 type bridge
            addr add 10.244.{node}.1/24 dev cni0
            link set cni0 up

            """);
        await ExternalProgram.Run("nsenter",
            [$"--net=/run/netns/{space}", "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward; f=/proc/sys/net/bridge/bridge-nf-call-iptables; [ ! -e $f ] || echo 1 > $f"]);
        _proxies[node] = Proxy(node);
    }

    private NftServiceProxy Proxy(int node) => new("nsenter", $"--net=/run/netns/{_id}-n{node}");

    private async Task AddPod(int node, int pod)
    {
        var space = await AddSpace($"p{node}{pod}");
        await ExternalProgram.Run("ip", ["-n", $"{_id}-n{node}", "-batch", "-"],
            $"link add v{pod} type veth peer name eth0 netns {space}\nlink set v{pod} master cni0 up\nlink set v{pod} type bridge_slave hairpin on\n");
        await ExternalProgram.Run("ip", ["-n", space, "-batch", "-"],
            $"link set lo up\naddr add {PodAddress(node, pod)}/24 dev eth0\nlink set eth0 up\nroute add default via 10.244.{node}.1\n");
        var home = Directory.CreateDirectory(Path.Combine(_files, $"p{node}{pod}")).FullName;
        await File.WriteAllTextAsync(Path.Combine(home, "index.html"), $"pod-{node}{pod}\n");
        Serve(space, "httpd", "-f", "-p", "8080", "-h", home);
        Serve(space, "nc", "-ll", "-p", "9000", "-e", "/bin/busybox", "cat");
        await WaitForServer(node, pod);
    }

    private async Task WaitForServer(int node, int pod)
    {
        var limit = Stopwatch.StartNew();
        while (await Get($"p{node}{pod}", "127.0.0.1", 8080) is null)
        {
            if (limit.Elapsed > TimeSpan.FromSeconds(20)) throw new TimeoutException($"The server of pod {node}{pod} does not answer.");
        }
    }

    private void Serve(string space, params string[] command) =>
        _servers.Add(Process.Start(new ProcessStartInfo("nsenter", [$"--net=/run/netns/{space}", "/bin/busybox", .. command]))!);

    private async Task<string> AddSpace(string name)
    {
        var space = $"{_id}-{name}";
        _spaces.Add(space);
        await ExternalProgram.Run("ip", ["netns", "add", space]);
        return space;
    }

    private FollowedObject Node(int node, string address) => Followed("nodes", new V1ObjectMeta { Name = $"node-{node}" }, new V1Node
    {
        Metadata = new V1ObjectMeta { Name = $"node-{node}" },
        Spec = new V1NodeSpec { PodCIDR = $"10.244.{node}.0/24" },
        Status = new V1NodeStatus { Addresses = [new V1NodeAddress { Type = "InternalIP", Address = address }] },
    });

    private FollowedObject Followed(string resource, V1ObjectMeta metadata, object model) =>
        new(new ObjectKey("", resource, metadata.NamespaceProperty ?? "", metadata.Name), _revision, System.Text.Encoding.UTF8.GetBytes(KubernetesJson.Serialize(model)));
}
