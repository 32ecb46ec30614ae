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
    private readonly NetworkSpaces _spaces = new("px");
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
    public Task<string> Table(bool json = false) => _spaces.Run("n1", ["nft", .. json ? ["-j"] : Array.Empty<string>(), "list", "table", "ip", NftTable.Name]);

    /// <summary>A socket of this process inside a namespace.</summary>
    public Socket Open(string from, SocketType type, ProtocolType protocol) => NamespaceSocket.Open(_spaces.NameOf(from), type, protocol);

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
        [.. (await _spaces.Run("n1", "ip", "-4", "-o", "route", "show", "proto", "98")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0])];

    /// <summary>One HTTP request from inside a namespace; what it answered, or null when it failed.</summary>
    public Task<string?> Get(string from, string address, int port = 80) => _spaces.Get(from, address, port);

    public async ValueTask DisposeAsync()
    {
        await _spaces.DisposeAsync();
        await ExternalProgram.TryRun("ip", ["link", "del", _spaces.Id]);
    }

    private async Task Build()
    {
        var routes = SubnetPicker.ParseRoutes(await ExternalProgram.Run("ip", ["-4", "-o", "route", "show", "table", "all"]));
        var subnet = SubnetPicker.Pick(routes, Environment.ProcessId % 256)!;
        _net = subnet[..subnet.LastIndexOf('.')];
        await ExternalProgram.Run("ip", ["-batch", "-"], $"link add {_spaces.Id} type bridge\naddr add {_net}.254/24 dev {_spaces.Id}\nlink set {_spaces.Id} up\n");
        foreach (var node in new[] { 1, 2 })
        {
            await AddNode(node);
            foreach (var pod in new[] { 1, 2 }) await AddPod(node, pod);
        }
    }

    private async Task AddNode(int node)
    {
        var (space, id) = ($"n{node}", _spaces.Id);
        await _spaces.Add(space);
        await ExternalProgram.Run("ip", ["-batch", "-"], $"link add {id}n{node} type veth peer name eth0 netns {_spaces.NameOf(space)}\nlink set {id}n{node} master {id} up\n");
        await _spaces.Ip(space, "link set lo up", $"addr add {NodeAddress(node)}/24 dev eth0", "link set eth0 up", $"route add default via {_net}.254",
            "link add cni0 type bridge", $"addr add 10.244.{node}.1/24 dev cni0", "link set cni0 up");
        await _spaces.Run(space, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward; f=/proc/sys/net/bridge/bridge-nf-call-iptables; [ ! -e $f ] || echo 1 > $f");
        _proxies[node] = Proxy(node);
    }

    private NftServiceProxy Proxy(int node) => new(new(_spaces.Enter($"n{node}")));

    private async Task AddPod(int node, int pod)
    {
        var space = $"p{node}{pod}";
        await _spaces.Add(space);
        await _spaces.Ip($"n{node}", $"link add v{pod} type veth peer name eth0 netns {_spaces.NameOf(space)}", $"link set v{pod} master cni0 up", $"link set v{pod} type bridge_slave hairpin on");
        await _spaces.Ip(space, "link set lo up", $"addr add {PodAddress(node, pod)}/24 dev eth0", "link set eth0 up", $"route add default via 10.244.{node}.1");
        var home = Directory.CreateDirectory(Path.Combine(_spaces.Files, space)).FullName;
        await File.WriteAllTextAsync(Path.Combine(home, "index.html"), $"pod-{node}{pod}\n");
        _spaces.Serve(space, "httpd", "-f", "-p", "8080", "-h", home);
        _spaces.Serve(space, "nc", "-ll", "-p", "9000", "-e", "/bin/busybox", "cat");
        await _spaces.Answers(space, "127.0.0.1", 8080);
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
