using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Policy.ResourceQuotas;

/// <summary>What the control plane reads of a ResourceQuota, parsed once per version.</summary>
internal sealed class QuotaState
{
    /// <summary>The limits, by name.</summary>
    public required ImmutableSortedDictionary<string, decimal> Hard { get; init; }
    public required FrozenSet<string> Names { get; init; }
    public required FrozenSet<GroupResource> Resources { get; init; }
    public required ImmutableArray<QuotaScope> Scopes { get; init; }
    public required ImmutableSortedDictionary<string, string> HardTexts { get; init; }
    public required JsonElement Status { get; init; }

    /// <summary>What was let through and may not be seen yet.</summary>
    public required ImmutableArray<QuotaClaim> Claims { get; init; }

    public static QuotaState Of(StoredObject quota) => quota.Project(static stored => Read(ObjectLimits.ParseElement(stored.Json)));

    /// <summary>Of a quota's tree.</summary>
    public static QuotaState Read(JsonElement root)
    {
        var (spec, status) = (root.At("spec"), root.At("status"));
        var texts = spec.TextMap("hard");
        return new()
        {
            HardTexts = texts,
            Hard = texts.ToImmutableSortedDictionary(entry => entry.Key, entry => QuotaResources.Read(entry.Key, entry.Value), StringComparer.Ordinal),
            Names = texts.Keys.ToFrozenSet(StringComparer.Ordinal),
            Resources = texts.Keys.Select(QuotaResources.UsedBy).ToFrozenSet(),
            Scopes = QuotaScopes.Of(spec),
            Status = status,
            Claims = [.. status.Objects(QuotaClaim.Member).Select(QuotaClaim.Read)],
        };
    }

    /// <summary>Whether an object counts for it at all.</summary>
    public bool Matches(QuotaUse use) => Scopes.All(scope => scope.Matches(use));

    /// <summary>What an object takes of it.</summary>
    public IEnumerable<KeyValuePair<string, decimal>> Of(QuotaUse use) => Matches(use) ? use.Amounts.Where(entry => Names.Contains(entry.Key)) : [];
}
