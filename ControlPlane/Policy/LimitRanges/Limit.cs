using System.Collections.Immutable;
using System.Text.Json;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Policy.LimitRanges;

/// <summary>One entry of a LimitRange: of containers, pods or claims, quantities by the names of resources.</summary>
/// <param name="Type">Container, Pod or PersistentVolumeClaim.</param>
public sealed record Limit(
    string Type, ImmutableSortedDictionary<string, string> Max, ImmutableSortedDictionary<string, string> Min, ImmutableSortedDictionary<string, string> Default,
    ImmutableSortedDictionary<string, string> DefaultRequest, ImmutableSortedDictionary<string, string> MaxRatio)
{
    /// <summary>The entries of a LimitRange, read once per version.</summary>
    public static ImmutableArray<Limit> Of(StoredObject range) => range.Project(Read).Entries;

    private static Entry Read(StoredObject range)
    {
        var limits = ImmutableArray.CreateBuilder<Limit>();
        foreach (var limit in ObjectLimits.ParseElement(range.Json).Objects("spec", "limits")) limits.Add(Read(limit));
        return new(limits.ToImmutable());
    }

    private static Limit Read(JsonElement limit) =>
        new(limit.Text("type"), limit.TextMap("max"), limit.TextMap("min"), limit.TextMap("default"), limit.TextMap("defaultRequest"), limit.TextMap("maxLimitRequestRatio"));

    private sealed record Entry(ImmutableArray<Limit> Entries);
}
