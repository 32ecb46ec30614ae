using System.CommandLine;
using System.Net;
using ControlPlane.Access;
using ControlPlane.Hosting;
using Shared.Joining;

namespace ControlPlane.CommandLine;

/// <summary><c>serve</c>: this process is a control plane, in the foreground.</summary>
internal static class ServeCommand
{
    private static readonly Option<string> Data = ClusterOptions.Data();
    private static readonly Option<int> Port = new Option<int>("--port") { Description = "The HTTPS port of the API.", DefaultValueFactory = _ => 6443 }.AcceptPorts();
    private static readonly Option<string> Address = new("--address")
    {
        Description = "The address nodes and other control planes reach this one by. The API listens there and on loopback.",
        DefaultValueFactory = _ => "127.0.0.1",
    };
    private static readonly Option<int> RemotePort = new Option<int>("--remote-port") { Description = "The port for other control planes.", DefaultValueFactory = _ => 6500 }.AcceptPorts();
    private static readonly Option<int> AgentPort = new Option<int>("--agent-port") { Description = "The port for nodes.", DefaultValueFactory = _ => 6600 }.AcceptPorts();
    private static readonly Option<string[]> Seed = new("--seed")
    {
        Description = "HOST:PORT of another control plane to join, its --remote-port. May be repeated; may name all, this one too. Needs --database.",
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<string?> Join = new("--join")
    {
        Description = "TOKEN@HOST:PORT from 'actors token create --for control-plane': fetches what control planes share into an empty --data folder. Needs --database.",
        HelpName = "TOKEN@HOST:PORT",
    };
    private static readonly Option<string?> Balancer = new("--balancer")
    {
        Description = "HOST[:PORT] where clients find several control planes: the certificate names it and, if it is an address, the Service 'kubernetes' leads there.",
    };
    private static readonly Option<string?> Database = ClusterOptions.Database("A PostgreSQL connection string, instead of SQLite.");
    private static readonly Option<FileInfo?> TokenAuthFile = new("--token-auth-file")
    {
        Description = "A file of users' tokens, a line each: TOKEN,USER,UID[,\"GROUP1,GROUP2\"]. It is read at start.",
        HelpName = "FILE",
    };
    private static readonly Option<string?> NodeLeaseGrace = new("--node-lease-grace")
    {
        Description = "How long a node may be silent before its pods are replaced, for example 6s or 1h (agents: 6s, kubelets that renew a Lease: 40s).",
    };
    private static readonly Option<string> ServiceCidr = new("--service-cidr") { Description = "The range of cluster IPs.", DefaultValueFactory = _ => "10.96.0.0/16" };
    private static readonly Option<string> PodCidr = new("--pod-cidr") { Description = "The range the nodes' pod ranges are cut from.", DefaultValueFactory = _ => "10.244.0.0/16" };

    private static readonly Option[] All = [Data, Port, Address, RemotePort, AgentPort, Seed, Join, Balancer, Database, TokenAuthFile, .. OidcFlags.All, .. AuditFlags.All, .. RequestFlags.All, NodeLeaseGrace, ServiceCidr, PodCidr];

    public static Command Build()
    {
        var command = new Command("serve", "Run one control plane process in the foreground.");
        foreach (var option in All) command.Options.Add(option);
        command.SetAction(async (parse, stop) => await ControlPlaneProcess.Run(await Joined(parse, Options(parse), stop), stop));
        return command;
    }

    private static async Task<ControlPlaneOptions> Joined(ParseResult parse, ControlPlaneOptions options, CancellationToken stop)
    {
        if (parse.GetValue(Join) is not { } text) return options;
        if (!JoinTicket.TryParse(text, out var ticket, out var fault)) throw new CommandFailedException($"--join {fault}.");
        if (options.Database is null) throw new CommandFailedException("--join needs --database: the control planes of a cluster share a PostgreSQL database.");
        var seeds = await MemberJoin.Ensure(options.DataDirectory, ticket, stop);
        return options.Seeds.Length > 0 ? options : options with { Seeds = seeds };
    }

    private static KnownTokens Tokens(FileInfo file)
    {
        try
        {
            return new(TokenFile.Read(file.FullName));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new CommandFailedException($"--token-auth-file: {fault.Message}");
        }
    }

    private static ControlPlaneOptions Options(ParseResult parse)
    {
        if (!IPAddress.TryParse(parse.GetValue(Address), out var address)) throw new CommandFailedException($"--address '{parse.GetValue(Address)}' is not an IP address.");
        var database = ClusterOptions.DatabaseOrVariable(parse.GetValue(Database));
        string[] seeds = parse.GetValue(Seed) ?? [];
        if (seeds.FirstOrDefault(seed => HostAndPort.Read(seed, null) is null) is { } spoiled) throw new CommandFailedException($"--seed '{spoiled}' is not HOST:PORT.");
        if (seeds.Length > 0 && database is null)
        {
            throw new CommandFailedException("--seed needs --database: the control planes of a cluster share a PostgreSQL database, and a SQLite file is for one.");
        }
        var balancer = parse.GetValue(Balancer);
        return new ControlPlaneOptions
        {
            DataDirectory = Path.GetFullPath(parse.GetRequiredValue(Data)),
            Port = parse.GetValue(Port),
            Tokens = parse.GetValue(TokenAuthFile) is { } file ? Tokens(file) : new(),
            Oidc = OidcFlags.Read(parse),
            Audit = AuditFlags.Read(parse),
            MostRequestsAtOnce = RequestFlags.Read(parse),
            AdvertiseAddress = address,
            BindAddresses = IPAddress.IsLoopback(address) ? [address] : [IPAddress.Loopback, address],
            RemotePort = parse.GetValue(RemotePort),
            AgentPort = parse.GetValue(AgentPort),
            Seeds = [.. seeds],
            Balancer = balancer is null ? null : HostAndPort.Read(balancer, parse.GetValue(Port)) ?? throw new CommandFailedException($"--balancer '{balancer}' is not HOST or HOST:PORT."),
            Database = database,
            NodeLeaseGrace = parse.GetValue(NodeLeaseGrace) is { } grace ? ClusterOptions.Duration(grace) : null,
            ServiceCidr = Range(parse, ServiceCidr),
            PodCidr = Range(parse, PodCidr),
        };
    }

    private static string Range(ParseResult parse, Option<string> option) => IPNetwork.TryParse(parse.GetValue(option), out var network)
        ? network.ToString()
        : throw new CommandFailedException($"{option.Name} '{parse.GetValue(option)}' is not a network such as 10.96.0.0/16.");
}
