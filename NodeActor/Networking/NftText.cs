using System.Text;

namespace NodeActor.Networking;

/// <summary>Writes commands for nft, in an order in which each finds what it names and nothing that is still named is deleted.</summary>
internal sealed class NftText(string table, NodeNetwork network)
{
    private readonly StringBuilder _text = new();

    /// <summary>Replaces the table by one without services.</summary>
    /// <remarks>
    /// Clients outside the cluster are neither pods nor this node. What is still addressed to a service after the translation has no backend: it is refused
    /// at once instead of running into a time-out. A pod that reaches itself through its service must not see its own address as the source.
    /// </remarks>
    public void Skeleton() => _text.Append($$"""
        table ip {{table}}
        delete table ip {{table}}
        table ip {{table}} {
          map addresses {
            type ipv4_addr . inet_proto . inet_service : verdict
          }
          map ports {
            type inet_proto . inet_service : verdict
          }
          map near_addresses {
            type ipv4_addr . inet_proto . inet_service : verdict
          }
          map near_ports {
            type inet_proto . inet_service : verdict
          }
          set refused_addresses {
            type ipv4_addr . inet_proto . inet_service
          }
          set refused_ports {
            type inet_proto . inet_service
          }
          set hairpin {
            type ipv4_addr . ipv4_addr
          }
          chain outside {
            ip daddr != {{network.ServiceCidr}} ip daddr . meta l4proto . th dport vmap @near_addresses
            ip daddr != 127.0.0.0/8 fib daddr type local meta l4proto . th dport vmap @near_ports
          }
          chain translate {
            ip saddr != $cluster fib saddr type != local jump outside
            ip daddr . meta l4proto . th dport vmap @addresses
            ip daddr != 127.0.0.0/8 fib daddr type local meta l4proto . th dport vmap @ports
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
            ip saddr . ip daddr @hairpin masquerade
            ip saddr {{network.PodCidr}} ip daddr != $cluster masquerade
          }
          chain refuse {
            ip daddr {{network.ServiceCidr}} reject
            ip daddr . meta l4proto . th dport @refused_addresses reject
            fib daddr type local meta l4proto . th dport @refused_ports reject
          }
          chain refuse_forwarded {
            type filter hook forward priority filter; policy accept;
            jump refuse
            ct state invalid drop
          }
          chain refuse_own {
            type filter hook output priority filter; policy accept;
            jump refuse
          }
          chain refuse_incoming {
            type filter hook input priority filter; policy accept;
            jump refuse
          }
        }

        """);

    /// <summary>Makes the sets and chains that are new. Nothing leads to them yet.</summary>
    public void Make(IEnumerable<(string Name, string? Old, string? New)> sets, IEnumerable<(string Name, string? Old, string? New)> chains)
    {
        var newChains = Changed(chains).Where(chain => chain.Old is null).ToArray();
        foreach (var (name, _, declaration) in Changed(sets).Where(set => set.Old is null)) _text.Append($"add {Kind(declaration!)} ip {table} {name} {declaration![4..]}\n");
        foreach (var (name, _, _) in newChains) _text.Append($"add chain ip {table} {name}\n");
        foreach (var (name, _, rules) in newChains) Rules(name, rules!);
    }

    /// <summary>Leads from the old contents to the new, where what is new is made already; null is what is not there. Elements are replaced in one step.</summary>
    public void Change(
        IEnumerable<(string Name, string? Old, string? New)> sets,
        IEnumerable<(string Name, string? Old, string? New)> chains,
        IEnumerable<((string Set, string Key) At, string? Old, string? New)> elements)
    {
        var oldChains = Changed(chains).Where(chain => chain.Old is not null).ToArray();
        var changedElements = elements.Where(each => each.Old != each.New).OrderBy(each => each.At.Set, StringComparer.Ordinal).ThenBy(each => each.At.Key, StringComparer.Ordinal).ToArray();
        foreach (var (name, _, _) in oldChains) _text.Append($"flush chain ip {table} {name}\n");
        Elements("delete", changedElements.Where(each => each.Old is not null).Select(each => (each.At.Set, each.At.Key)));
        foreach (var (name, _, rules) in oldChains.Where(chain => chain.New is not null)) Rules(name, rules!);
        Elements("add", changedElements.Where(each => each.New is not null).Select(each => (each.At.Set, each.New!.Length == 0 ? each.At.Key : $"{each.At.Key} : {each.New}")));
        foreach (var (name, _, _) in oldChains.Where(chain => chain.New is null)) _text.Append($"delete chain ip {table} {name}\n");
        foreach (var (name, declaration, _) in Changed(sets).Where(set => set.New is null)) _text.Append($"delete {Kind(declaration!)} ip {table} {name}\n");
    }

    /// <summary>Puts elements that are the kernel's own into sets that keep them for a time.</summary>
    public void Keep(string set, IReadOnlyCollection<string> elements) => Elements("add", elements.Select(element => (set, element)));

    public override string ToString() => _text.Length == 0 ? "" : $"define cluster = {network.ClusterCidr}\n{_text}";

    private void Rules(string chain, string rules)
    {
        foreach (var rule in rules.Split('\n')) _text.Append($"add rule ip {table} {chain} {rule}\n");
    }

    private void Elements(string verb, IEnumerable<(string Set, string Element)> elements)
    {
        foreach (var set in elements.GroupBy(element => element.Set, element => element.Element)) _text.Append($"{verb} element ip {table} {set.Key} {{ {string.Join(", ", set)} }}\n");
    }

    private static (string Name, string? Old, string? New)[] Changed(IEnumerable<(string Name, string? Old, string? New)> all) =>
        [.. all.Where(each => each.Old != each.New).OrderBy(each => each.Name, StringComparer.Ordinal)];

    private static string Kind(string declaration) => declaration[..3];
}
