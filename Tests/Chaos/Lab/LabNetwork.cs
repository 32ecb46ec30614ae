using System.Collections.Immutable;
using System.Globalization;
using ControlPlane.CommandLine.Clusters;
using Shared.Processes;
using Tests.EndToEnd.Proxy;

namespace Tests.Chaos.Lab;

/// <summary>
/// A bridge of this machine with a network namespace for each participant, which the tests reach directly. Any two participants can be cut off from each other.
/// </summary>
internal sealed class LabNetwork : IAsyncDisposable
{
    private const string Table = """
        table inet chaos {
          set cut { type ipv4_addr; }
          chain in { type filter hook input priority 0; ip saddr @cut drop; }
          chain out { type filter hook output priority 0; ip daddr @cut drop; }
        }
        """;

    private readonly NetworkSpaces _spaces = new("ch");
    private readonly Dictionary<string, string> _addresses = new(StringComparer.Ordinal);
    private string _prefix = "";

    private LabNetwork()
    {
    }

    /// <summary>Makes it.</summary>
    /// <param name="participants">Their names: a few letters each.</param>
    public static async Task<LabNetwork> Create(params IEnumerable<string> participants)
    {
        var network = new LabNetwork();
        try
        {
            await network.Build(participants);
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    public string AddressOf(string participant) => _addresses[participant];

    /// <summary>What is put before a command so that it runs at a participant.</summary>
    public ImmutableArray<string> Enter(string participant) => _spaces.Enter(participant);

    /// <summary>Runs a program at a participant.</summary>
    public Task<string> Run(string participant, params string[] command) => _spaces.Run(participant, command);

    /// <summary>From now on nothing goes from one to the other, or back; connections are not closed.</summary>
    public async Task Cut(string one, string other)
    {
        await Element("add", one, other);
        await Element("add", other, one);
    }

    /// <summary>Ends what <see cref="Cut"/> began.</summary>
    public async Task Join(string one, string other)
    {
        await Element("delete", one, other);
        await Element("delete", other, one);
    }

    public async ValueTask DisposeAsync()
    {
        await _spaces.DisposeAsync();
        await ExternalProgram.TryRun("ip", ["link", "del", Bridge]);
    }

    private string Bridge => $"{_spaces.Id}-br";

    private async Task Build(IEnumerable<string> participants)
    {
        var routes = SubnetPicker.ParseRoutes(await ExternalProgram.Run("ip", ["-4", "-o", "route", "show", "table", "all"]));
        var subnet = SubnetPicker.Pick(routes, Environment.ProcessId) ?? throw new InvalidOperationException("Every network of 10.98.0.0/16 is taken.");
        _prefix = subnet[..subnet.LastIndexOf('.')];
        await Ip($"link add {Bridge} type bridge", $"addr add {_prefix}.1/24 dev {Bridge}", $"link set {Bridge} up");
        foreach (var (participant, number) in participants.Select((participant, i) => (participant, i + 11)))
        {
            _addresses[participant] = string.Create(CultureInfo.InvariantCulture, $"{_prefix}.{number}");
            await _spaces.Add(participant);
            await Ip($"link add {_spaces.NameOf(participant)} type veth peer name eth0 netns {_spaces.NameOf(participant)}", $"link set {_spaces.NameOf(participant)} master {Bridge} up");
            await _spaces.Ip(participant, "link set lo up", $"addr add {_addresses[participant]}/24 dev eth0", "link set eth0 up");
            await ExternalProgram.Run(Enter(participant)[0], [.. Enter(participant)[1..], "nft", "-f", "-"], Table);
        }
    }

    private Task Element(string verb, string at, string other) => Run(at, "nft", verb, "element", "inet", "chaos", "cut", $"{{ {_addresses[other]} }}");

    private static Task Ip(params string[] lines) => ExternalProgram.Run("ip", ["-batch", "-"], string.Join('\n', lines) + "\n");
}
