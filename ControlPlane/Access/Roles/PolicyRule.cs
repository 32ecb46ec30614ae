using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Access.Roles;

/// <summary>
/// One rule of a role: rbac.authorization.k8s.io/v1 PolicyRule. Rules only allow; what no rule allows is refused. Lists are compared as Kubernetes compares them:
/// <c>*</c> stands for all, a resource may be <c>pods/log</c> or <c>*/scale</c>, a URL may end in <c>*</c>.
/// </summary>
public sealed record PolicyRule
{
    private const string All = "*";

    /// <summary>The rules that allow whatever there is.</summary>
    public static ImmutableArray<PolicyRule> Everything { get; } = [new() { Verbs = [All], Groups = [All], Resources = [All] }, new() { Verbs = [All], Urls = [All] }];

    public ImmutableArray<string> Verbs { get; init; } = [];
    public ImmutableArray<string> Groups { get; init; } = [];
    public ImmutableArray<string> Resources { get; init; } = [];

    /// <summary>Empty for all names.</summary>
    public ImmutableArray<string> Names { get; init; } = [];
    public ImmutableArray<string> Urls { get; init; } = [];

    /// <summary>Reads a rule as it is stored.</summary>
    public static PolicyRule Read(JsonElement rule) => new()
    {
        Verbs = [.. rule.Texts("verbs")],
        Groups = [.. rule.Texts("apiGroups")],
        Resources = [.. rule.Texts("resources")],
        Names = [.. rule.Texts("resourceNames")],
        Urls = [.. rule.Texts("nonResourceURLs")],
    };

    /// <summary>Whether the rule allows a request.</summary>
    public bool Allows(RequestInfo request)
    {
        if (!Has(Verbs, request.Verb)) return false;
        return request.Resource.Length == 0
            ? AllowsUrl(request.Path)
            : Has(Groups, request.Group) && AllowsResource(request.Resource, request.Subresource) && (Names.IsEmpty || Names.Contains(request.Name));
    }

    /// <summary>
    /// Whether rules together allow all that this one does. Every combination of a verb, a group, a resource and a name must be allowed by one of them, which errs on the side of no,
    /// as Kubernetes does: what <c>*</c> means can only be covered by <c>*</c>.
    /// </summary>
    public bool IsCoveredBy(IReadOnlyCollection<PolicyRule> rules) => Single().All(single => rules.Any(rule => rule.Covers(single)));

    /// <summary>The rule as an API object holds it.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        Add("apiGroups", Groups);
        Add("nonResourceURLs", Urls);
        Add("resourceNames", Names);
        Add("resources", Resources);
        Add("verbs", Verbs);
        return json;

        void Add(string member, ImmutableArray<string> values)
        {
            if (!values.IsEmpty) json[member] = new JsonArray([.. values.Select(value => (JsonNode)value)]);
        }
    }

    /// <summary>As Kubernetes writes a rule into refusals.</summary>
    public override string ToString()
    {
        (string Name, ImmutableArray<string> Values)[] parts = [("APIGroups", Groups), ("Resources", Resources), ("NonResourceURLs", Urls), ("ResourceNames", Names), ("Verbs", Verbs)];
        return $"{{{string.Join(", ", parts.Where(part => !part.Values.IsEmpty).Select(part => $"{part.Name}:[{string.Join(' ', part.Values.Select(value => $"\"{value}\""))}]"))}}}";
    }

    /// <inheritdoc/>
    public bool Equals(PolicyRule? other) =>
        other is not null && Verbs.SequenceEqual(other.Verbs) && Groups.SequenceEqual(other.Groups) && Resources.SequenceEqual(other.Resources) && Names.SequenceEqual(other.Names)
        && Urls.SequenceEqual(other.Urls);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var value in Verbs.Concat(Groups).Concat(Resources).Concat(Names).Concat(Urls)) hash.Add(value);
        return hash.ToHashCode();
    }

    private static bool Has(ImmutableArray<string> values, string wanted)
    {
        foreach (var value in values)
        {
            if (value == All || value == wanted) return true;
        }
        return false;
    }

    private bool AllowsResource(string resource, string subresource)
    {
        foreach (var value in Resources)
        {
            if (value == All) return true;
            if (subresource.Length == 0)
            {
                if (value == resource) return true;
                continue;
            }
            var slash = value.Length - subresource.Length - 1;
            if (slash < 1 || value[slash] != '/' || !value.EndsWith(subresource, StringComparison.Ordinal)) continue;
            var before = value.AsSpan(0, slash);
            if (before is All || before.SequenceEqual(resource)) return true;
        }
        return false;
    }

    private bool AllowsUrl(string path)
    {
        foreach (var url in Urls)
        {
            if (url == All || url == path || (url.EndsWith('*') && path.AsSpan().StartsWith(url.AsSpan(0, url.Length - 1)))) return true;
        }
        return false;
    }

    // The rules of one verb, group, resource and name that make up this one.
    private IEnumerable<PolicyRule> Single()
    {
        foreach (var verb in Verbs)
        {
            foreach (var url in Urls) yield return new() { Verbs = [verb], Urls = [url] };
            foreach (var group in Groups)
            {
                foreach (var resource in Resources)
                {
                    var one = new PolicyRule { Verbs = [verb], Groups = [group], Resources = [resource] };
                    if (Names.IsEmpty) yield return one;
                    foreach (var name in Names) yield return one with { Names = [name] };
                }
            }
        }
    }

    private bool Covers(PolicyRule single)
    {
        if (!Has(Verbs, single.Verbs[0])) return false;
        if (single.Urls is [var url]) return AllowsUrl(url);
        if (!Has(Groups, single.Groups[0])) return false;
        var resource = single.Resources[0];
        var slash = resource.IndexOf('/', StringComparison.Ordinal);
        var allowed = slash < 0 ? AllowsResource(resource, "") : AllowsResource(resource[..slash], resource[(slash + 1)..]);
        return allowed && (Names.IsEmpty || (single.Names is [var name] && Names.Contains(name)));
    }
}
