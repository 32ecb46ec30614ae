using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Policy.ResourceQuotas;

/// <summary>
/// What a quota has let through for a write that its count may not have seen yet. It stands in the quota's status, beside what is used, so that it outlives whoever made it; as
/// Kubernetes itself lists in the status of a disruption budget the pods it let go.
/// </summary>
/// <param name="Object">The object's resource and name: <c>pods/web-1</c>.</param>
/// <param name="After">The number of its last event before the write; 0 if there was none.</param>
/// <param name="At">When it was let through.</param>
/// <param name="Use">What it takes more than before: quantities by name.</param>
public sealed record QuotaClaim(string Object, long After, DateTimeOffset At, ImmutableDictionary<string, string> Use)
{
    /// <summary>Where in the status.</summary>
    public const string Member = "claims";

    /// <summary>A write whose end is not known is decided after this: its time with the API is over.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    internal static QuotaClaim Read(JsonElement claim) => new(
        claim.Text("object"), claim.Number("after") ?? 0, claim.Time("at") ?? default, claim.TextMap("use").ToImmutableDictionary());

    internal JsonObject ToJson() => new()
    {
        ["object"] = Object,
        ["after"] = After,
        ["at"] = Rfc3339.Write(At),
        ["use"] = new JsonObject(Use.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))),
    };

    /// <summary>Whether the view shows the write, or one after it; also if the object is gone again.</summary>
    internal bool IsSeen(IObjectView view, string @namespace)
    {
        var slash = Object.LastIndexOf('/');
        var resource = GroupResource.Parse(Object[..slash]);
        return view.NewestSequenceNr(new(resource.Group, resource.Resource, @namespace, Object[(slash + 1)..])) > After;
    }
}

/// <summary>
/// Takes a claim from a quota, or is refused with what would be exceeded. Decided by the quota's actor, so that of several that come at once only as many are let through as
/// may be.
/// </summary>
public sealed record QuotaClaimPatch(QuotaClaim Claim) : IObjectPatch
{
    private const int MostUnseen = 2000;

    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var (name, hard, status) = (current.Metadata().Text("name"), current.Child("spec", "hard") ?? [], current.Status());
        var (used, claims) = (status.DefaultChild("used"), status.DefaultList(QuotaClaim.Member));
        if (claims.Count >= MostUnseen) return ApiStatus.TooManyRequests($"too many writes are not counted yet by the quota {name}", 1);
        var (uncounted, exceeded, limited) = (new List<string>(), new List<string>(), Claim.Use.Where(entry => hard.ContainsKey(entry.Key)).OrderBy(entry => entry.Key, StringComparer.Ordinal).ToArray());
        foreach (var (resource, more) in limited)
        {
            if (used[resource] is null) uncounted.Add(resource);
            else if (Sum(used, resource, more) > QuotaResources.Read(resource, hard.Any(resource))) exceeded.Add(resource);
        }
        if (uncounted.Count > 0) return ApiStatus.Forbidden($"status unknown for quota: {name}, resources: {string.Join(",", uncounted)}");
        if (exceeded.Count > 0)
        {
            return ApiStatus.Forbidden($"exceeded quota: {name}, requested: {List(Claim.Use.GetValueOrDefault)}, used: {List(resource => used.Any(resource))}, limited: {List(resource => hard.Any(resource))}");
        }
        foreach (var (resource, more) in limited) used[resource] = QuotaResources.Write(resource, Sum(used, resource, more));
        claims.Add((JsonNode)Claim.ToJson());
        return current;

        string List(Func<string, string?> amount) => string.Join(",", exceeded.Select(resource => $"{resource}={amount(resource)}"));
    }

    private static decimal Sum(JsonObject used, string resource, string more) => QuotaResources.Read(resource, used.Any(resource)) + QuotaResources.Read(resource, more);
}

/// <summary>Gives back what a claim took: its write was not stored.</summary>
public sealed record QuotaReleasePatch(QuotaClaim Claim) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var (used, claims) = (current.Status().DefaultChild("used"), current.Status().DefaultList(QuotaClaim.Member));
        var written = Claim.ToJson();

        // Its count may have given it up already.
        if (claims.FirstOrDefault(claim => JsonNode.DeepEquals(claim, written)) is not { } found) return current;
        claims.Remove(found);
        foreach (var (resource, less) in Claim.Use)
        {
            if (used[resource] is not null) used[resource] = QuotaResources.Write(resource, Math.Max(0, QuotaResources.Read(resource, used.Any(resource)) - QuotaResources.Read(resource, less)));
        }
        return current;
    }
}
