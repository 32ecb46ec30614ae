using System.Collections.Immutable;
using System.CommandLine;
using System.Net;
using NodeActor.Hosting;
using Shared.Joining;

namespace NodeActor.CommandLine;

/// <summary>The program's command line: it has no verbs, it is a node.</summary>
public static class NodeCommand
{
    private static readonly Option<string> Name = new("--name") { Description = "The Node's name; with --count the prefix of the names.", Required = true };
    private static readonly Option<int?> Count = new("--count") { Description = "Host this many hollow nodes, NAME-1 to NAME-N." };
    private static readonly Option<string[]> Seed = new("--seed") { Description = "HOST:PORT where a control plane hears agents (its --agent-port). May be repeated: name every control plane. With --join it may be left out.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string> Address = new("--address") { Description = "The node's IP address.", DefaultValueFactory = _ => "127.0.0.1" };
    private static readonly Option<int> StreamingPort = new("--streaming-port") { Description = "The port for logs and exec.", DefaultValueFactory = _ => 10250 };
    private static readonly Option<string[]> Label = new("--label") { Description = "KEY=VALUE, a label of the Node. May be repeated." };
    private static readonly Option<string> Data = new("--data") { Description = "What must survive this process.", DefaultValueFactory = _ => "/var/lib/actors-node" };
    private static readonly Option<string> Volatile = new("--volatile") { Description = "A folder on a tmpfs, for secrets.", DefaultValueFactory = _ => "/run/actors-node" };
    private static readonly Option<string?> Certificate = new("--certificate") { Description = "PEM file with the node's certificate and key." };
    private static readonly Option<string?> Authority = new("--authority") { Description = "PEM file with the certificate of the cluster's authority." };
    private static readonly Option<string?> Join = new("--join")
    {
        Description = "TOKEN@HOST:PORT from 'actors token create --for node': has a certificate made for this machine, instead of --certificate and --authority.",
        HelpName = "TOKEN@HOST:PORT",
    };
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
            Name, Count, Seed, Address, StreamingPort, Label, Data, Volatile, Certificate, Authority, Join, Runtime, Containerd, CniConfig, NetworkName, Cgroup,
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
        root.Validators.Add(result =>
        {
            bool Given(Option option) => result.GetResult(option) is { Implicit: false };
            if (Given(Join) ? Given(Certificate) || Given(Authority) : !Given(Certificate) || !Given(Authority) || !Given(Seed))
            {
                result.AddError("A node needs either --join, or --certificate, --authority and --seed.");
            }
            if (Given(Join) && Given(Count)) result.AddError("--join is for one node, not for --count.");
            if (result.GetResult(Join)?.GetValueOrDefault<string?>() is { } text && !JoinTicket.TryParse(text, out _, out var fault)) result.AddError($"--join {fault}.");
        });
        root.SetAction(async (parse, stop) =>
        {
            try
            {
                return await NodeProcess.Run(Options(parse, await Identity(parse, stop)), stop);
            }
            catch (JoinRefusedException refused)
            {
                await Console.Error.WriteLineAsync(refused.Message);
                return 1;
            }
        });
        return root;
    }

    private static async Task<JoinedNode> Identity(ParseResult parse, CancellationToken stop)
    {
        ImmutableArray<string> seeds = [.. parse.GetValue(Seed) ?? []];
        if (parse.GetValue(Join) is not { } text) return new(parse.GetRequiredValue(Certificate)!, parse.GetRequiredValue(Authority)!, seeds);
        if (!JoinTicket.TryParse(text, out var ticket, out var fault)) throw new JoinRefusedException($"--join {fault}");
        var joined = await NodeJoin.Ensure(Path.GetFullPath(parse.GetRequiredValue(Data)), parse.GetRequiredValue(Name), parse.GetRequiredValue(Address), ticket, stop);
        return seeds.Length > 0 ? joined with { Seeds = seeds } : joined;
    }

    private static NodeProcessOptions Options(ParseResult parse, JoinedNode identity) => new()
    {
        Name = parse.GetRequiredValue(Name),
        Count = parse.GetValue(Count),
        Seeds = identity.Seeds,
        Address = parse.GetRequiredValue(Address),
        StreamingPort = parse.GetValue(StreamingPort),
        Labels = (parse.GetValue(Label) ?? []).Select(label => label.Split('=', 2)).ToImmutableDictionary(pair => pair[0], pair => pair[1]),
        DataDirectory = Path.GetFullPath(parse.GetRequiredValue(Data)),
        VolatileDirectory = Path.GetFullPath(parse.GetRequiredValue(Volatile)),
        CertificateFile = identity.CertificateFile,
        AuthorityFile = identity.AuthorityFile,
        Runtime = parse.GetValue(Runtime),
        ContainerdSocket = parse.GetRequiredValue(Containerd),
        CniConfigDirectory = parse.GetRequiredValue(CniConfig),
        NetworkName = parse.GetRequiredValue(NetworkName),
        CgroupParent = parse.GetRequiredValue(Cgroup),
    };
}
