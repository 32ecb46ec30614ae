using System.Collections.Immutable;
using System.CommandLine;
using System.Net;
using NodeActor.Hosting;

namespace NodeActor.CommandLine;

/// <summary>The program's command line: it has no verbs, it is a node.</summary>
public static class NodeCommand
{
    private static readonly Option<string> Name = new("--name") { Description = "The Node's name; with --count the prefix of the names.", Required = true };
    private static readonly Option<int?> Count = new("--count") { Description = "Host this many hollow nodes, NAME-1 to NAME-N." };
    private static readonly Option<string[]> Seed = new("--seed") { Description = "HOST:PORT where a control plane hears agents (its --agent-port). May be repeated: name every control plane.", Required = true, AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string> Address = new("--address") { Description = "The node's IP address.", DefaultValueFactory = _ => "127.0.0.1" };
    private static readonly Option<int> StreamingPort = new("--streaming-port") { Description = "The port for logs and exec.", DefaultValueFactory = _ => 10250 };
    private static readonly Option<string[]> Label = new("--label") { Description = "KEY=VALUE, a label of the Node. May be repeated." };
    private static readonly Option<string> Data = new("--data") { Description = "What must survive this process.", DefaultValueFactory = _ => "/var/lib/actors-node" };
    private static readonly Option<string> Volatile = new("--volatile") { Description = "A folder on a tmpfs, for secrets.", DefaultValueFactory = _ => "/run/actors-node" };
    private static readonly Option<string> Certificate = new("--certificate") { Description = "PEM file with the node's certificate and key.", Required = true };
    private static readonly Option<string> Authority = new("--authority") { Description = "PEM file with the certificate of the cluster's authority.", Required = true };
    private static readonly Option<NodeRuntime> Runtime = new("--runtime") { Description = "containerd: real containers; hollow: simulated ones." };
    private static readonly Option<string> Containerd = new("--containerd") { Description = "containerd's socket.", DefaultValueFactory = _ => "/run/containerd/containerd.sock" };
    private static readonly Option<string> CniConfig = new("--cni-config") { Description = "The folder of containerd's network configuration.", DefaultValueFactory = _ => "/etc/cni/net.d" };
    private static readonly Option<string> NetworkName = new("--network-name") { Description = "The pod network's name; different for nodes that share a machine.", DefaultValueFactory = _ => "pods" };
    private static readonly Option<string> Cgroup = new("--cgroup") { Description = "The cgroup above those of all containers.", DefaultValueFactory = _ => "" };

    /// <summary>Runs the node and returns the exit code.</summary>
    public static Task<int> Run(string[] arguments) => Build().Parse(arguments).InvokeAsync();

    /// <summary>The command with its options.</summary>
    public static RootCommand Build()
    {
        var root = new RootCommand("A node of the cluster: runs its pods, proxies services, answers logs and exec.")
        {
            Name, Count, Seed, Address, StreamingPort, Label, Data, Volatile, Certificate, Authority, Runtime, Containerd, CniConfig, NetworkName, Cgroup,
        };
        Address.Validators.Add(result =>
        {
            if (!IPAddress.TryParse(result.GetValueOrDefault<string>(), out _)) result.AddError("--address is not an IP address.");
        });
        Label.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (token.Value.IndexOf('=', StringComparison.Ordinal) < 1) result.AddError($"--label '{token.Value}' is not KEY=VALUE.");
            }
        });
        root.Validators.Add(result =>
        {
            var count = result.GetResult(Count)?.GetValueOrDefault<int?>();
            var runtime = result.GetResult(Runtime)?.GetValueOrDefault<NodeRuntime>() ?? NodeRuntime.Containerd;
            if (count < 1) result.AddError("--count must be at least 1.");
            if (count is not null && runtime != NodeRuntime.Hollow) result.AddError("--count is for --runtime hollow.");
        });
        root.SetAction((parse, stop) => NodeProcess.Run(Options(parse), stop));
        return root;
    }

    private static NodeProcessOptions Options(ParseResult parse) => new()
    {
        Name = parse.GetRequiredValue(Name),
        Count = parse.GetValue(Count),
        Seeds = [.. parse.GetRequiredValue(Seed)],
        Address = parse.GetRequiredValue(Address),
        StreamingPort = parse.GetValue(StreamingPort),
        Labels = (parse.GetValue(Label) ?? []).Select(label => label.Split('=', 2)).ToImmutableDictionary(pair => pair[0], pair => pair[1]),
        DataDirectory = Path.GetFullPath(parse.GetRequiredValue(Data)),
        VolatileDirectory = Path.GetFullPath(parse.GetRequiredValue(Volatile)),
        CertificateFile = parse.GetRequiredValue(Certificate),
        AuthorityFile = parse.GetRequiredValue(Authority),
        Runtime = parse.GetValue(Runtime),
        ContainerdSocket = parse.GetRequiredValue(Containerd),
        CniConfigDirectory = parse.GetRequiredValue(CniConfig),
        NetworkName = parse.GetRequiredValue(NetworkName),
        CgroupParent = parse.GetRequiredValue(Cgroup),
    };
}
