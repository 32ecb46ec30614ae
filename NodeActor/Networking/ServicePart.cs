using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace NodeActor.Networking;

/// <summary>An element of a set or map of the table.</summary>
/// <param name="Value">What the key leads to; empty in a set.</param>
/// <param name="Rank">Of several services that claim one key the lowest rank has it, then the first by name.</param>
public readonly record struct NftElement(string Set, string Key, string Value = "", int Rank = 0);

/// <summary>A set, map or chain of one service's own.</summary>
/// <param name="Content">The declaration of a set; the rules of a chain, a line each.</param>
public readonly record struct NftObject(string Name, string Content);

/// <summary>A chain that chooses one of <paramref name="Count"/> backends, shared by all ports that have as many.</summary>
public readonly record struct NftChoice(BackendChooser Chooser, int Count);

/// <summary>Where UDP packets to an address (empty: any of this node's) and port may go.</summary>
public sealed record UdpTarget(string Address, int Port, ImmutableArray<ServiceBackend> Backends);

/// <summary>A kind of <see cref="NftChoice"/>.</summary>
/// <param name="Name">Its chains are named so, with the count.</param>
/// <param name="Slots">Its backends are in the maps of this name, with their index.</param>
/// <param name="Masquerades">Whether every client gets this node's address as its source; if null only those outside the cluster do.</param>
/// <param name="ByPort">Whether keys are a protocol and port of this node instead of an address, protocol and port.</param>
public sealed record BackendChooser(string Name, string Slots, bool? Masquerades, bool ByPort)
{
    public static readonly BackendChooser Inside = new("inside", "slot", null, false);
    public static readonly BackendChooser External = new("external", "slot", true, false);
    public static readonly BackendChooser Near = new("near", "near_slot", false, false);
    public static readonly BackendChooser Port = new("port", "port_slot", true, true);
    public static readonly BackendChooser NearPort = new("near_port", "near_port_slot", false, true);
}

/// <summary>What one service is in the table. Pure, and the same for the same ports.</summary>
public sealed class ServicePart
{
    private readonly List<NftElement> _elements = [];
    private readonly Dictionary<string, NftObject> _sets = [];
    private readonly Dictionary<string, NftObject> _chains = [];
    private readonly List<NftChoice> _choices = [];
    private readonly List<UdpTarget> _udp = [];

    public static ServicePart Nothing { get; } = new([]);

    public ServicePart(ImmutableArray<ServicePortView> ports)
    {
        foreach (var port in ports) Add(port);
        Elements = [.. _elements.DistinctBy(element => (element.Set, element.Key))];
    }

    public ImmutableArray<NftElement> Elements { get; }
    public IReadOnlyCollection<NftObject> Sets => _sets.Values;
    public IReadOnlyCollection<NftObject> Chains => _chains.Values;
    public IReadOnlyCollection<NftChoice> Choices => _choices;
    public IReadOnlyCollection<UdpTarget> Udp => _udp;

    private void Add(ServicePortView port)
    {
        foreach (var address in port.ClusterAddresses)
        {
            // Without any backend nothing is translated, and what is still addressed to a service is refused.
            if (port.All.Length > 0) Lead(port, "addresses", Key(port, address), 0, port.Internal, BackendChooser.Inside);
            Follow(port, address, port.Port, port.Internal);
        }
        var reachable = port.Near is { } near ? port.All.Union(near) : port.All;
        foreach (var address in port.ExternalAddresses)
        {
            Outside(port, Key(port, address), "addresses", BackendChooser.External, BackendChooser.Near);
            Follow(port, address, port.Port, [.. reachable]);
        }
        if (port.NodePort > 0)
        {
            Outside(port, $"{port.Protocol} . {port.NodePort}", "ports", BackendChooser.Port, BackendChooser.NearPort);
            Follow(port, "", port.NodePort, [.. reachable]);
        }
        foreach (var backend in port.All.Concat(port.Internal).Concat(port.Near ?? [])) _elements.Add(new("hairpin", $"{backend.Address} . {backend.Address}"));
    }

    private void Outside(ServicePortView port, string key, string map, BackendChooser chooser, BackendChooser nearChooser)
    {
        if (port.All.Length == 0)
        {
            _elements.Add(new($"refused_{map}", key, Rank: 1));
            return;
        }
        Lead(port, map, key, 1, port.All, chooser);
        if (port.Near is { } near) Lead(port, $"near_{map}", key, 1, near, nearChooser);
    }

    private void Lead(ServicePortView port, string map, string key, int rank, ImmutableArray<ServiceBackend> backends, BackendChooser chooser)
    {
        if (backends.Length == 0)
        {
            _elements.Add(new(map, key, "drop", rank));
            return;
        }
        if (port.StickySeconds > 0)
        {
            _elements.Add(new(map, key, $"goto {StickyChoice(port, backends, chooser)}", rank));
            return;
        }
        _elements.Add(new(map, key, $"goto {chooser.Name}_{backends.Length}", rank));
        for (var i = 0; i < backends.Length; i++) _elements.Add(new($"{chooser.Slots}_{i}", key, $"{backends[i].Address} . {backends[i].Port}", rank));
        _choices.Add(new(chooser, backends.Length));
    }

    // A client that is known goes where it went; the endpoint's chain notes it, anew with every connection.
    private string StickyChoice(ServicePortView port, ImmutableArray<ServiceBackend> backends, BackendChooser chooser)
    {
        var id = Hash($"{port.Name}/{port.Protocol}/{port.Port}");
        var name = $"sticky_{chooser.Name}_{id}";
        var endpoints = backends.Select(backend => $"{id}_{backend.Address.Replace('.', '_')}_{backend.Port}").ToArray();
        for (var i = 0; i < endpoints.Length; i++)
        {
            _sets[endpoints[i]] = new($"{StickyClients.Prefix}{endpoints[i]}", "set { type ipv4_addr; size 65536; flags dynamic,timeout; }");
            _chains[endpoints[i]] = new($"to_{endpoints[i]}",
                $"update @{StickyClients.Prefix}{endpoints[i]} {{ ip saddr timeout {port.StickySeconds}s }}\nmeta l4proto {port.Protocol} dnat to {backends[i].Address}:{backends[i].Port}");
        }
        var known = endpoints.Select(endpoint => $"ip saddr @{StickyClients.Prefix}{endpoint} goto to_{endpoint}\n");
        _chains[name] = new(name, $"{NftTable.Mark(chooser)}{string.Concat(known)}{NftTable.Choose(endpoints.Select(endpoint => $"to_{endpoint}"))}");
        return name;
    }

    private void Follow(ServicePortView port, string address, int number, ImmutableArray<ServiceBackend> backends)
    {
        if (port.Protocol == "udp") _udp.Add(new(address, number, backends));
    }

    private static string Key(ServicePortView port, string address) => $"{address} . {port.Protocol} . {port.Port}";

    // Names of chains are short and take few characters; a service's name may be long and take more.
    private static string Hash(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..12];
}
