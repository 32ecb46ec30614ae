using System.Collections.Frozen;
using System.Globalization;
using Shared.Api;

namespace ControlPlane.Policy.ResourceQuotas;

/// <summary>The names a quota may limit, what each of them counts, and its numbers: thousandths of a processor, whole units of everything else.</summary>
internal static class QuotaResources
{
    /// <summary>What names the storage of one class: <c>gold.storageclass.storage.k8s.io/requests.storage</c>.</summary>
    public const string OfClass = ".storageclass.storage.k8s.io/";

    private const string Count = "count/";
    private static readonly GroupResource Pods = new("", "pods");
    private static readonly GroupResource Services = new("", "services");
    private static readonly GroupResource Claims = new("", "persistentvolumeclaims");

    /// <summary>What a pod's containers ask for and may take: what alone a quota with scopes may limit, beside the number of pods.</summary>
    public static readonly FrozenSet<string> OfPods = FrozenSet.Create(
        StringComparer.Ordinal, "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage");

    /// <summary>What counts objects of one kind.</summary>
    private static readonly FrozenSet<string> Objects = FrozenSet.Create(
        StringComparer.Ordinal, "pods", "services", "services.loadbalancers", "services.nodeports", "replicationcontrollers", "resourcequotas", "secrets", "configmaps", "persistentvolumeclaims");

    /// <summary>Where a container must say how much it takes, since a quota limits it.</summary>
    public static readonly FrozenSet<string> ToBeSaid = FrozenSet.Create(
        StringComparer.Ordinal, "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory");

    /// <summary>Whether Kubernetes knows the name; any with a domain of its own is fine.</summary>
    public static bool IsStandard(string name) => name.Contains('/') || OfPods.Contains(name) || Objects.Contains(name) || name == "requests.storage" || IsHugePages(name) || IsExtended(name);

    /// <summary>Whether a quota with scopes may limit it.</summary>
    public static bool MayBeScoped(string name) => name == "pods" || OfPods.Contains(name);

    /// <summary>Whether it is counted in whole objects.</summary>
    public static bool IsWhole(string name) => Objects.Contains(name) || name.StartsWith(Count, StringComparison.Ordinal) || name.EndsWith(OfClass + "persistentvolumeclaims", StringComparison.Ordinal);

    /// <summary>The kind of object that uses it.</summary>
    public static GroupResource UsedBy(string name)
    {
        if (name.StartsWith(Count, StringComparison.Ordinal)) return GroupResource.Parse(name[Count.Length..]);
        if (name.StartsWith("services", StringComparison.Ordinal)) return Services;
        if (name is "requests.storage" or "persistentvolumeclaims" || name.Contains(OfClass, StringComparison.Ordinal)) return Claims;
        return Objects.Contains(name) ? new("", name) : Pods;
    }

    /// <summary>The name under which every object of a kind counts.</summary>
    public static string CountOf(GroupResource resource) => Count + resource;

    /// <summary>The name, without a domain, under which an object of a kind counts as well; null for none.</summary>
    public static string? PlainCountOf(GroupResource resource) => resource.Group.Length == 0 && Objects.Contains(resource.Resource) ? resource.Resource : null;

    /// <summary>A quantity as a number. What is too large to be one is the largest.</summary>
    public static decimal Read(string name, string text) =>
        IsProcessor(name) ? (Quantities.TryParseMilli(text, out var milli) ? milli : long.MaxValue)
        : Quantities.TryParseValue(text, out var value) ? value : long.MaxValue;

    /// <summary>A number as a quantity.</summary>
    public static string Write(string name, decimal amount)
    {
        var whole = (long)Math.Clamp(amount, long.MinValue, long.MaxValue);
        if (IsProcessor(name)) return Quantities.TryCanonical(string.Create(CultureInfo.InvariantCulture, $"{whole}m"), out var canonical) ? canonical : "0";
        return IsWhole(name) || IsExtended(name) ? whole.ToString(CultureInfo.InvariantCulture) : Quantities.OfBytes(whole);
    }

    private static bool IsProcessor(string name) => name is "cpu" or "requests.cpu" or "limits.cpu";

    private static bool IsHugePages(string name) => name.StartsWith("hugepages-", StringComparison.Ordinal) || name.StartsWith("requests.hugepages-", StringComparison.Ordinal);

    private static bool IsExtended(string name) => name.StartsWith("requests.", StringComparison.Ordinal) && name.Contains('/') && !name.Contains(OfClass, StringComparison.Ordinal);
}
