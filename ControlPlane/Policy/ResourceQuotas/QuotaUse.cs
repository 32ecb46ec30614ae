using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Policy.LimitRanges;
using ControlPlane.Workloads.Pods.Specs;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Policy.ResourceQuotas;

/// <summary>
/// What one object takes of the quotas of its namespace, by the rules of Kubernetes' evaluators: a pod what its containers request and are limited to, as long as it
/// has not ended; a Service its ports and its balancer; a claim its storage; anything else itself.
/// </summary>
internal sealed record QuotaUse
{
    private static readonly GroupResource Pods = new("", "pods");

    /// <summary>How much of each name; none that is zero.</summary>
    public required ImmutableSortedDictionary<string, decimal> Amounts { get; init; }

    /// <summary>The scopes a pod is in, but that of its priority; empty for anything else.</summary>
    public ImmutableHashSet<string> Scopes { get; private init; } = [];

    /// <summary>A pod's priority class.</summary>
    public string PriorityClass { get; private init; } = "";

    public bool IsPod { get; private init; }

    /// <summary>From when on it takes nothing any more, though it is still there: its node did not end it in time.</summary>
    public DateTimeOffset? Until { get; private init; }

    /// <summary>What the containers of a pod do not say: the names of a quota, each with the containers.</summary>
    public ImmutableSortedDictionary<string, ImmutableSortedSet<string>> Unsaid { get; private init; } = ImmutableSortedDictionary<string, ImmutableSortedSet<string>>.Empty;

    /// <summary>What an object takes, read once per version.</summary>
    public static QuotaUse Of(StoredObject @object) => @object.Project(static stored => Of(stored.Key.GroupResource, stored.ToJsonObject()));

    /// <summary>What an object takes.</summary>
    public static QuotaUse Of(GroupResource resource, JsonObject root)
    {
        var amounts = ImmutableSortedDictionary.CreateBuilder<string, decimal>(StringComparer.Ordinal);
        amounts[QuotaResources.CountOf(resource)] = 1;
        if (resource == Pods) return OfPod(root, amounts);
        if (QuotaResources.PlainCountOf(resource) is { } plain) amounts[plain] = 1;
        var spec = root.Child("spec");
        if (resource is { Group: "", Resource: "services" }) AddService(spec, amounts);
        if (resource is { Group: "", Resource: "persistentvolumeclaims" }) AddClaim(spec, amounts);
        return new() { Amounts = amounts.ToImmutable() };
    }

    private static QuotaUse OfPod(JsonObject root, ImmutableSortedDictionary<string, decimal>.Builder amounts)
    {
        var (spec, unsaid) = (root.Child("spec") ?? [], new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal));
        if (root.Text("status", "phase") is not ("Succeeded" or "Failed"))
        {
            amounts["pods"] = 1;
            foreach (var name in Named(spec, "requests"))
            {
                var sum = ResourceUse.OfPod(spec, "requests", name, absent: 0) + Overhead(spec, name);
                if (name is "cpu" or "memory" or "ephemeral-storage" || name.StartsWith("hugepages-", StringComparison.Ordinal)) Add(amounts, name, sum);
                Add(amounts, $"requests.{name}", sum);
            }
            foreach (var name in Named(spec, "limits").Where(name => name is "cpu" or "memory" or "ephemeral-storage")) Add(amounts, $"limits.{name}", ResourceUse.OfPod(spec, "limits", name, absent: 0) + Overhead(spec, name));
        }
        foreach (var container in spec.Objects("containers").Concat(spec.Objects("initContainers")))
        {
            foreach (var name in QuotaResources.ToBeSaid)
            {
                var (part, resource) = name.Split('.') is [var first, var second] ? (first, second) : ("requests", name);
                if (container.Has("resources", part, resource)) continue;
                if (!unsaid.TryGetValue(name, out var containers)) unsaid[name] = containers = new(StringComparer.Ordinal);
                containers.Add(container.Text("name"));
            }
        }
        return new()
        {
            Amounts = amounts.ToImmutable(),
            IsPod = true,
            Scopes = ScopesOf(spec),
            PriorityClass = spec.Text("priorityClassName"),
            Until = root.Time("metadata", "deletionTimestamp") + TimeSpan.FromSeconds(root.Number("metadata", "deletionGracePeriodSeconds") ?? 0),
            Unsaid = unsaid.ToImmutableSortedDictionary(entry => entry.Key, entry => entry.Value.ToImmutableSortedSet(StringComparer.Ordinal), StringComparer.Ordinal),
        };
    }

    private static IEnumerable<string> Named(JsonObject spec, string part) =>
        spec.Objects("containers").Concat(spec.Objects("initContainers")).SelectMany(container => container.Child("resources", part) ?? []).Select(entry => entry.Key)
            .Concat(spec.Child("overhead")?.Select(entry => entry.Key) ?? []).Distinct();

    private static long Overhead(JsonObject spec, string name) => ResourceUse.Read(name, spec.Any("overhead", name)) ?? 0;

    private static ImmutableHashSet<string> ScopesOf(JsonObject spec)
    {
        var scopes = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        scopes.Add(spec.Has("activeDeadlineSeconds") ? QuotaScopes.Terminating : QuotaScopes.NotTerminating);
        scopes.Add(QosClass.Of(spec) == "BestEffort" ? QuotaScopes.BestEffort : QuotaScopes.NotBestEffort);
        var affinity = spec.Child("affinity");
        if (Terms("podAffinity").Concat(Terms("podAntiAffinity")).Any(term => term.HasElements("namespaces") || term.Has("namespaceSelector"))) scopes.Add(QuotaScopes.CrossNamespacePodAffinity);
        return scopes.ToImmutable();

        IEnumerable<JsonObject> Terms(string kind) => affinity.Objects(kind, "requiredDuringSchedulingIgnoredDuringExecution")
            .Concat(affinity.Objects(kind, "preferredDuringSchedulingIgnoredDuringExecution").Select(weighted => weighted.Child("podAffinityTerm") ?? []));
    }

    private static void AddService(JsonObject? spec, ImmutableSortedDictionary<string, decimal>.Builder amounts)
    {
        var (type, ports) = (spec.Text("type"), spec.Objects("ports").ToArray());
        if (type == "LoadBalancer") amounts["services.loadbalancers"] = 1;

        // A balancer that needs no node ports has those it names.
        var nodePorts = type is "LoadBalancer" && spec.Flag("allocateLoadBalancerNodePorts") == false ? ports.Count(port => port.Number("nodePort") > 0) : type is "NodePort" or "LoadBalancer" ? ports.Length : 0;
        Add(amounts, "services.nodeports", nodePorts);
    }

    private static void AddClaim(JsonObject? spec, ImmutableSortedDictionary<string, decimal>.Builder amounts)
    {
        var (storage, @class) = (spec.Any("resources", "requests", "storage"), spec.Text("storageClassName"));
        Add(amounts, "requests.storage", storage.Length == 0 ? 0 : QuotaResources.Read("requests.storage", storage));
        if (@class.Length == 0) return;
        amounts[$"{@class}{QuotaResources.OfClass}persistentvolumeclaims"] = 1;
        Add(amounts, $"{@class}{QuotaResources.OfClass}requests.storage", storage.Length == 0 ? 0 : QuotaResources.Read("requests.storage", storage));
    }

    private static void Add(ImmutableSortedDictionary<string, decimal>.Builder amounts, string name, decimal? amount)
    {
        if (amount > 0) amounts[name] = amount.Value;
    }
}
