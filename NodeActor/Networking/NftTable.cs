using System.Collections.Immutable;

namespace NodeActor.Networking;

/// <summary>
/// The service proxy's nftables table as it shall be, and what of it changed since it was last written. Pure: a text is for <c>nft -f -</c>, which the
/// kernel takes in one step, so a new connection meets either the old elements or the new. Connections that are established keep the address they were
/// translated to. See README.md beside this file for what the table holds.
/// </summary>
/// <param name="network">The ranges that the rules name.</param>
public sealed class NftTable(NodeNetwork network)
{
    /// <summary>The table, of family <c>ip</c>.</summary>
    public const string Name = "services";

    // The bit of the packet mark by which a packet asks for this node's address as its source.
    private const string Masquerade = "meta mark set meta mark or 0x4000";

    // Below this a change is written element by element though the whole were less.
    private const int SmallChange = 2000;

    private readonly Dictionary<string, ServicePart> _parts = [];
    private readonly Dictionary<(string Set, string Key), List<(int Rank, string Owner, string Value)>> _claims = [];
    private readonly Dictionary<NftChoice, int> _choices = [];
    private readonly Dictionary<string, string> _sets = [];
    private readonly Dictionary<string, string> _chains = [];

    // What was written of whatever was touched since; null if it was not there.
    private readonly Dictionary<(string Set, string Key), string?> _oldElements = [];
    private readonly Dictionary<string, string?> _oldSets = [];
    private readonly Dictionary<string, string?> _oldChains = [];
    private bool _choicesChanged;
    private (IReadOnlyCollection<NftObject> Sets, IReadOnlyCollection<NftObject> Chains) _shared = ([], []);

    /// <summary>Makes this the part of a service, instead of what it was.</summary>
    public void Put(string service, ServicePart part)
    {
        var before = _parts.GetValueOrDefault(service, ServicePart.Nothing);
        _parts[service] = part;
        foreach (var element in before.Elements.Except(part.Elements)) Claim(element, service, false);
        foreach (var element in part.Elements.Except(before.Elements)) Claim(element, service, true);
        Replace(_sets, _oldSets, before.Sets, part.Sets);
        Replace(_chains, _oldChains, before.Chains, part.Chains);
        foreach (var choice in before.Choices) Count(choice, -1);
        foreach (var choice in part.Choices) Count(choice, 1);
    }

    /// <summary>Takes a service out.</summary>
    public void Remove(string service)
    {
        Put(service, ServicePart.Nothing);
        _parts.Remove(service);
    }

    /// <summary>Tells that the kernel has taken the last texts.</summary>
    public void Written()
    {
        _oldElements.Clear();
        _oldSets.Clear();
        _oldChains.Clear();
    }

    /// <summary>Whether so much changed that the whole table is less to write.</summary>
    public bool IsMostlyNew => _oldElements.Count > SmallChange && _oldElements.Count > _claims.Count;

    /// <summary>The text that makes the table anew, whatever there is of it.</summary>
    /// <param name="clients">The sticky clients to keep, by set; of sets that are no more they are forgotten.</param>
    public string Whole(IReadOnlyDictionary<string, ImmutableArray<string>>? clients = null)
    {
        ShareChoices();
        var text = new NftText(Name, network);
        var sets = _sets.Select(set => (set.Key, (string?)null, (string?)set.Value)).ToArray();
        var chains = _chains.Select(chain => (chain.Key, (string?)null, (string?)chain.Value)).ToArray();
        text.Skeleton();
        text.Make(sets, chains);
        text.Change(sets, chains, _claims.Select(claim => (claim.Key, (string?)null, (string?)claim.Value[0].Value)));
        foreach (var (set, kept) in clients ?? ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty)
        {
            if (_sets.ContainsKey(set)) text.Keep(set, kept);
        }
        return text.ToString();
    }

    /// <summary>
    /// The texts that lead from what was last written to what shall be, one after the other; none if that is the same.
    /// </summary>
    /// <remarks>
    /// What is new is made a step before anything leads to it: the kernel looks elements up as they are at that moment, but goes on with the rules of chains as
    /// they were when the packet came, and a chain that is made in the same step has none for it.
    /// </remarks>
    public ImmutableArray<string> Changes()
    {
        ShareChoices();
        var (first, second) = (new NftText(Name, network), new NftText(Name, network));
        var sets = _oldSets.Select(set => (set.Key, set.Value, _sets.GetValueOrDefault(set.Key))).ToArray();
        var chains = _oldChains.Select(chain => (chain.Key, chain.Value, _chains.GetValueOrDefault(chain.Key))).ToArray();
        first.Make(sets, chains);
        second.Change(sets, chains, _oldElements.Select(element => (element.Key, element.Value, _claims.TryGetValue(element.Key, out var claims) ? claims[0].Value : null)));
        return [.. new[] { first.ToString(), second.ToString() }.Where(text => text.Length > 0)];
    }

    /// <summary>The rule that has packets to a chooser's backends masqueraded.</summary>
    internal static string Mark(BackendChooser chooser) => chooser.Masquerades switch
    {
        true => $"{Masquerade}\n",
        null => "ip saddr != $cluster " + $"{Masquerade}\n",
        false => "",
    };

    /// <summary>
    /// The rules that choose one of several chains. A packet that is under way while this is replaced may find the map empty already, but never loses its
    /// way: the last rule needs no map.
    /// </summary>
    internal static string Choose(IEnumerable<string> chains)
    {
        var all = chains.ToArray();
        return $"numgen random mod {all.Length} vmap {{ {string.Join(", ", all.Select((chain, index) => $"{index} : goto {chain}"))} }}\ngoto {all[0]}";
    }

    private void Claim(NftElement element, string owner, bool holds)
    {
        var key = (element.Set, element.Key);
        if (!_claims.TryGetValue(key, out var claims)) _claims[key] = claims = [];
        _oldElements.TryAdd(key, claims.Count > 0 ? claims[0].Value : null);
        if (holds) claims.Add((element.Rank, owner, element.Value));
        else claims.Remove((element.Rank, owner, element.Value));
        claims.Sort((one, other) => one.Rank != other.Rank ? one.Rank.CompareTo(other.Rank) : string.CompareOrdinal(one.Owner, other.Owner));
        if (claims.Count == 0) _claims.Remove(key);
    }

    private void Count(NftChoice choice, int change)
    {
        var before = _choices.GetValueOrDefault(choice);
        var now = before + change;
        if (now > 0) _choices[choice] = now;
        else _choices.Remove(choice);
        _choicesChanged |= (before > 0) != (now > 0);
    }

    // The chains that choose, and the maps and chains of the backends they choose, for as many as there are.
    private void ShareChoices()
    {
        if (!_choicesChanged) return;
        _choicesChanged = false;
        var (sets, chains) = (new List<NftObject>(), new List<NftObject>());
        foreach (var (chooser, count) in _choices.Keys)
        {
            chains.Add(new($"{chooser.Name}_{count}", Mark(chooser) + Choose(Enumerable.Range(0, count).Select(index => $"to_{chooser.Slots}_{index}"))));
        }
        foreach (var slots in _choices.Keys.GroupBy(choice => (choice.Chooser.Slots, choice.Chooser.ByPort)))
        {
            var key = slots.Key.ByPort ? "meta l4proto . th dport" : "ip daddr . meta l4proto . th dport";
            var type = slots.Key.ByPort ? "inet_proto . inet_service" : "ipv4_addr . inet_proto . inet_service";
            for (var i = 0; i < slots.Max(choice => choice.Count); i++)
            {
                sets.Add(new($"{slots.Key.Slots}_{i}", $"map {{ type {type} : ipv4_addr . inet_service; }}"));
                var first = $"dnat ip addr . port to {key} map @{slots.Key.Slots}_0";

                // A packet under way that chose what has just gone takes the first.
                chains.Add(new($"to_{slots.Key.Slots}_{i}", i == 0 ? first : $"dnat ip addr . port to {key} map @{slots.Key.Slots}_{i}\n{first}"));
            }
        }
        Replace(_sets, _oldSets, _shared.Sets, sets);
        Replace(_chains, _oldChains, _shared.Chains, chains);
        _shared = (sets, chains);
    }

    private void Replace(Dictionary<string, string> all, Dictionary<string, string?> old, IReadOnlyCollection<NftObject> before, IReadOnlyCollection<NftObject> now)
    {
        foreach (var gone in before.Except(now))
        {
            old.TryAdd(gone.Name, all.GetValueOrDefault(gone.Name));
            all.Remove(gone.Name);
        }
        foreach (var added in now.Except(before))
        {
            old.TryAdd(added.Name, all.GetValueOrDefault(added.Name));
            all[added.Name] = added.Content;
        }
    }
}
