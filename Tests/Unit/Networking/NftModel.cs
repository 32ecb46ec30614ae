using System.Text.RegularExpressions;

namespace Tests.Unit.Networking;

/// <summary>
/// What nft does with the proxy's commands, to the letter of their names: what is added must not be there, what is deleted must be and be named by nothing,
/// what is named must be there. So a text that passes here is one that the kernel can not refuse for its order.
/// </summary>
internal sealed partial class NftModel
{
    private readonly SortedDictionary<string, string> _declarations = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SortedDictionary<string, string>> _elements = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<string>> _chains = new(StringComparer.Ordinal);

    /// <summary>Everything in the table, in a fixed order.</summary>
    public string Contents => string.Join('\n',
    [
        .. _declarations.Select(set => $"{set.Key} {set.Value}: {string.Join(", ", _elements[set.Key].Select(element => $"{element.Key} = {element.Value}"))}"),
        .. _chains.Select(chain => $"{chain.Key}: {string.Join("; ", chain.Value)}"),
    ]);

    public void Run(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            if (Command().Match(line) is { Success: true } command) Do(command.Groups[1].Value, command.Groups[2].Value, command.Groups[3].Value, command.Groups[4].Value.Trim());
            else if (line == "delete table ip services") Clear();
            else if (Declared().Match(line) is { Success: true } declared) Do("add", declared.Groups[1].Value, declared.Groups[2].Value, "");
        }
    }

    private void Do(string verb, string what, string name, string rest)
    {
        switch (verb, what)
        {
            case ("add", "map" or "set"):
                Require(_declarations.TryAdd(name, rest), name, "is there");
                _elements[name] = new(StringComparer.Ordinal);
                break;
            case ("add", "chain"):
                Require(_chains.TryAdd(name, []), name, "is there");
                break;
            case ("add", "rule"):
                foreach (Match named in Named().Matches(rest)) Require(_chains.ContainsKey(named.Groups[1].Value) || _declarations.ContainsKey(named.Groups[1].Value), named.Value, "is missing");
                _chains[name].Add(rest);
                break;
            case ("flush", "chain"):
                _chains[name].Clear();
                break;
            case ("delete", "chain"):
                Require(_chains.Remove(name, out var rules) && rules.Count == 0, name, "is missing or has rules");
                Require(!IsNamed(name), name, "is named");
                break;
            case ("delete", "map" or "set"):
                Require(_declarations.Remove(name) && _elements.Remove(name), name, "is missing");
                Require(!IsNamed(name), name, "is named");
                break;
            case ("add", "element"):
                foreach (var element in Split(rest))
                {
                    Require(element[^1] is not ['g', 'o', 't', 'o', ' ', .. var chain] || _chains.ContainsKey(chain), element[^1], "is missing");
                    Require(_elements[name].TryAdd(element[0], element.Length > 1 ? element[1] : ""), element[0], "is there");
                }
                break;
            case ("delete", "element"):
                foreach (var element in Split(rest)) Require(element.Length == 1 && _elements[name].Remove(element[0]), element[0], "is missing");
                break;
            default:
                throw new InvalidOperationException($"{verb} {what}");
        }
    }

    private void Clear()
    {
        _declarations.Clear();
        _elements.Clear();
        _chains.Clear();
    }

    private bool IsNamed(string name) =>
        _chains.Values.Any(rules => rules.Any(rule => Named().Matches(rule).Any(named => named.Groups[1].Value == name))) || _elements.Values.Any(set => set.ContainsValue($"goto {name}"));

    private static IEnumerable<string[]> Split(string braced) => braced.Trim('{', '}', ' ').Split(", ").Select(element => element.Split(" : "));

    private static void Require(bool holds, string name, string trouble)
    {
        if (!holds) throw new InvalidOperationException($"{name} {trouble}");
    }

    [GeneratedRegex(@"^(add|delete|flush) (map|set|chain|rule|element) ip services (\S+)(.*)$")]
    private static partial Regex Command();

    [GeneratedRegex(@"^  (map|set|chain) (\S+) \{$")]
    private static partial Regex Declared();

    [GeneratedRegex(@"(?:goto |@)(\w+)")]
    private static partial Regex Named();
}
