using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;

namespace NodeActor.Networking;

/// <summary>
/// The clients that the kernel knows of a table of before. When the table is written whole they are written with it, each with the time it has left: an agent
/// that starts anew moves no client. Pure.
/// </summary>
public static class StickyClients
{
    /// <summary>What the names of the sets begin with.</summary>
    public const string Prefix = "clients_";

    /// <summary>For each set the elements as nft takes them.</summary>
    /// <param name="listed">What <c>nft -j list sets ip</c> printed.</param>
    public static ImmutableSortedDictionary<string, ImmutableArray<string>> Read(string listed) =>
        JsonNode.Parse(listed)!["nftables"]!.AsArray()
            .Select(item => item!["set"])
            .Where(set => (string?)set?["table"] == NftTable.Name && ((string)set["name"]!).StartsWith(Prefix, StringComparison.Ordinal) && set["elem"] is JsonArray)
            .ToImmutableSortedDictionary(set => (string)set!["name"]!, set => set!["elem"]!.AsArray().Select(element => element!["elem"]!).Where(element => (int)element["expires"]! > 0).Select(Element).ToImmutableArray(), StringComparer.Ordinal);

    private static string Element(JsonNode element) =>
        string.Create(CultureInfo.InvariantCulture, $"{(string)element["val"]!} timeout {(int)element["timeout"]!}s expires {(int)element["expires"]!}s");
}
