using System.Collections.Immutable;
using System.Text.Json;
using Shared.Json;

namespace ControlPlane.Workloads.Jobs;

/// <summary><c>spec.successPolicy</c>: a Job has succeeded once any rule is met by the indexes that did.</summary>
internal sealed class SuccessPolicy(ImmutableArray<(IndexSet? Indexes, int? Count)> rules)
{
    public static SuccessPolicy Read(JsonElement spec)
    {
        var rules = ImmutableArray.CreateBuilder<(IndexSet?, int?)>();
        foreach (var rule in spec.Objects("successPolicy", "rules"))
        {
            rules.Add((rule.Text("succeededIndexes") is { Length: > 0 } text ? IndexSet.Parse(text).Set : null, (int?)rule.Number("succeededCount")));
        }
        return new(rules.DrainToImmutable());
    }

    /// <summary>Which rule is met, in words; null if none is.</summary>
    public string? Met(IndexSet succeeded)
    {
        for (var i = 0; i < rules.Length; i++)
        {
            var (indexes, count) = rules[i];
            var reached = indexes is null ? succeeded.Count : indexes.Shared(succeeded);
            if (indexes is null && count is null) continue;
            if (reached >= (count ?? indexes!.Count)) return $"Matched rules at index {i}";
        }
        return null;
    }
}
