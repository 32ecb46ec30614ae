using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace NodeActor.Networking;

/// <summary>
/// Writes the service proxy's nftables table. The text replaces the whole table, and the kernel takes one text in one step, so a new connection
/// meets either the old rules or the new. Connections that are established keep the address they were translated to.
/// </summary>
/// <remarks>
/// nft 1.0.6 takes no address and port out of one map, so each backend has a chain and a random number chooses among them.
/// </remarks>
public static class NftRuleset
{
    /// <summary>The table, of family <c>ip</c>.</summary>
    public const string Table = "services";

    // The bit of the packet mark by which a packet asks for this node's address as its source.
    private const string Masquerade = "meta mark set meta mark or 0x4000";

    /// <summary>The text for <c>nft -f -</c>. The same input gives the same text.</summary>
    public static string Render(ImmutableArray<ServicePortView> ports, NodeNetwork network)
    {
        var text = new StringBuilder();
        text.Append($"table ip {Table}\ndelete table ip {Table}\ntable ip {Table} {{\n");
        Backends(text, ports);
        foreach (var port in ports) Port(text, port, network);
        Maps(text, ports);
        Hooks(text, network);
        return text.Append("}\n").ToString();
    }

    private static void Backends(StringBuilder text, ImmutableArray<ServicePortView> ports)
    {
        var backends = ports.SelectMany(port => port.Internal.Concat(port.External).Select(backend => (port.Protocol, Backend: backend))).Distinct();
        foreach (var (protocol, backend) in backends)
        {
            // A pod that reaches itself through its service would get its own address as the answer's source.
            text.Append($"  chain {BackendChain(protocol, backend)} {{\n")
                .Append($"    ip saddr {backend.Address} {Masquerade}\n")
                .Append($"    meta l4proto {protocol} dnat to {backend.Address}:{backend.Port}\n  }}\n");
        }
    }

    private static void Port(StringBuilder text, ServicePortView port, NodeNetwork network)
    {
        text.Append($"  # {port.Name}\n");
        if (port.Internal.Length > 0)
        {
            text.Append($"  chain {InternalChain(port)} {{\n    ip saddr != {network.ClusterCidr} {Masquerade}\n");
            Choice(text, port, port.Internal);
        }
        if (HasOutside(port) && port.External.Length > 0)
        {
            text.Append($"  chain {ExternalChain(port)} {{\n");
            // The answer must come back through this node, wherever the pod is; a pod of this node's own answers through it anyway.
            if (!port.KeepsClientAddress) text.Append($"    {Masquerade}\n");
            Choice(text, port, port.External);
        }
    }

    private static void Choice(StringBuilder text, ServicePortView port, ImmutableArray<ServiceBackend> backends)
    {
        var chooser = port.StickyClients ? "jhash ip saddr mod {0} seed 0x5eed" : "numgen random mod {0}";
        var choices = backends.Select((backend, index) => $"{index} : goto {BackendChain(port.Protocol, backend)}");
        text.Append($"    {string.Format(System.Globalization.CultureInfo.InvariantCulture, chooser, backends.Length)} vmap {{ {string.Join(", ", choices)} }}\n  }}\n");
    }

    private static void Maps(StringBuilder text, ImmutableArray<ServicePortView> ports)
    {
        var addresses = ports.Where(port => port.Internal.Length > 0)
            .SelectMany(port => port.ClusterAddresses.Select(address => (address, port, chain: InternalChain(port))))
            .Concat(ports.Where(port => port.External.Length > 0)
                .SelectMany(port => port.ExternalAddresses.Select(address => (address, port, chain: ExternalChain(port)))))
            .DistinctBy(entry => (entry.address, entry.port.Protocol, entry.port.Port))
            .Select(entry => $"{entry.address} . {entry.port.Protocol} . {entry.port.Port} : goto {entry.chain}");
        Elements(text, "map addresses", "ipv4_addr . inet_proto . inet_service : verdict", addresses);

        var nodePorts = ports.Where(port => port.NodePort > 0).DistinctBy(port => (port.Protocol, port.NodePort)).ToArray();
        Elements(text, "map node_ports", "inet_proto . inet_service : verdict",
            nodePorts.Where(port => port.External.Length > 0).Select(port => $"{port.Protocol} . {port.NodePort} : goto {ExternalChain(port)}"));
        Elements(text, "set dead_node_ports", "inet_proto . inet_service",
            nodePorts.Where(port => port.External.Length == 0).Select(port => $"{port.Protocol} . {port.NodePort}"));
    }

    private static void Elements(StringBuilder text, string declaration, string type, IEnumerable<string> elements)
    {
        text.Append($"  {declaration} {{\n    type {type}\n");
        var list = string.Join(",\n      ", elements);
        if (list.Length > 0) text.Append($"    elements = {{\n      {list}\n    }}\n");
        text.Append("  }\n");
    }

    // What is still addressed to a service after the translation has no backend: it is refused at once instead of running into a time-out.
    private static void Hooks(StringBuilder text, NodeNetwork network) => text.Append($$"""
          chain translate {
            ip daddr . meta l4proto . th dport vmap @addresses
            ip daddr != 127.0.0.0/8 fib daddr type local meta l4proto . th dport vmap @node_ports
          }
          chain prerouting {
            type nat hook prerouting priority dstnat; policy accept;
            jump translate
          }
          chain output {
            type nat hook output priority -100; policy accept;
            jump translate
          }
          chain postrouting {
            type nat hook postrouting priority srcnat; policy accept;
            meta mark & 0x4000 == 0x4000 masquerade
            ip saddr {{network.PodCidr}} ip daddr != {{network.ClusterCidr}} masquerade
          }
          chain refuse_forwarded {
            type filter hook forward priority filter; policy accept;
            ip daddr {{network.ServiceCidr}} reject
            ct state invalid drop
          }
          chain refuse_own {
            type filter hook output priority filter; policy accept;
            ip daddr {{network.ServiceCidr}} reject
          }
          chain refuse_incoming {
            type filter hook input priority filter; policy accept;
            fib daddr type local meta l4proto . th dport @dead_node_ports reject
          }

        """);

    private static bool HasOutside(ServicePortView port) => port.NodePort > 0 || port.ExternalAddresses.Length > 0;
    private static string InternalChain(ServicePortView port) => $"in_{Hash($"{port.Name}/{port.Protocol}/{port.Port}")}";
    private static string ExternalChain(ServicePortView port) => $"out_{Hash($"{port.Name}/{port.Protocol}/{port.Port}")}";
    private static string BackendChain(string protocol, ServiceBackend backend) => $"to_{protocol}_{backend.Address.Replace('.', '_')}_{backend.Port}";

    // Names of chains are short and take few characters; a service's name may be long and take more.
    private static string Hash(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..12];
}
