using System.Collections.Immutable;

namespace ControlPlane.Objects.Schemas;

/// <summary>
/// How a field (or a struct as a whole) merges: what Kubernetes' API types and structural schemas declare for strategic merge patches and
/// server-side apply. All members are null or empty where nothing is declared.
/// </summary>
/// <param name="ListType"><c>atomic</c>, <c>set</c> or <c>map</c>.</param>
/// <param name="ListMapKeys">The keys that tell the items of a <c>map</c> list apart.</param>
/// <param name="MapType"><c>atomic</c> or <c>granular</c>, of a map.</param>
/// <param name="StructType"><c>atomic</c> or <c>granular</c>, of a struct.</param>
/// <param name="PatchStrategy">Of a strategic merge patch: <c>merge</c>, <c>retainKeys</c>, <c>replace</c>, or two of them, comma-separated.</param>
/// <param name="PatchMergeKey">The key a strategic merge patch finds the items of a list by.</param>
/// <param name="Default">The default as JSON text.</param>
public sealed record FieldSemantic(
    string? ListType, ImmutableArray<string> ListMapKeys, string? MapType, string? StructType, string? PatchStrategy, string? PatchMergeKey, string? Default)
{
    public static FieldSemantic None { get; } = new(null, [], null, null, null, null, null);

    /// <summary>Whether a strategic merge patch merges the list's items instead of replacing the list.</summary>
    public bool MergesLists => Has("merge");

    /// <summary>Whether a strategic merge patch replaces the object instead of merging it.</summary>
    public bool Replaces => Has("replace");

    /// <summary>Whether a strategic merge patch drops the members that the patch does not list under <c>$retainKeys</c>.</summary>
    public bool RetainsKeys => Has("retainKeys");

    private bool Has(string strategy) => PatchStrategy is not null && PatchStrategy.Split(',').Contains(strategy);
}
