using System.Globalization;
using k8s.Models;

namespace WebsiteOperator;

/// <summary>What a Website asks for, as pure functions. Only the fields this operator cares for are set: those are what it owns after an apply.</summary>
public static class DesiredObjects
{
    public const string ManagedBy = "app.kubernetes.io/managed-by";
    public const string Operator = "website-operator";

    /// <summary>The ConfigMap of a namespace that tells where its Websites are. Nobody owns it, so that garbage collection does not reach an entry: the finalizer does.</summary>
    public const string Directory = "website-directory";

    public static V1Deployment Deployment(Website site) => new()
    {
        ApiVersion = "apps/v1",
        Kind = "Deployment",
        Metadata = Owned(site),
        Spec = new()
        {
            Replicas = site.Spec.Replicas,
            Selector = new() { MatchLabels = Selected(site) },
            Template = new()
            {
                Metadata = new() { Labels = Selected(site) },
                Spec = new() { Containers = [new() { Name = "web", Image = site.Spec.Image, Ports = [new() { Name = "http", ContainerPort = site.Spec.Port, Protocol = "TCP" }] }] },
            },
        },
    };

    public static V1Service Service(Website site) => new()
    {
        ApiVersion = "v1",
        Kind = "Service",
        Metadata = Owned(site),
        Spec = new() { Selector = Selected(site), Ports = [new() { Name = "http", Port = site.Spec.Port, TargetPort = "http", Protocol = "TCP" }] },
    };

    /// <summary>The Website's line in the directory, which its own manager applies; without an address it is taken out.</summary>
    public static V1ConfigMap Entry(Website site, bool listed) => new()
    {
        ApiVersion = "v1",
        Kind = "ConfigMap",
        Metadata = new() { Name = Directory, NamespaceProperty = site.Namespace() },
        Data = listed ? new Dictionary<string, string> { [site.Name()] = $"http://{site.Name()}.{site.Namespace()}:{site.Spec.Port}" } : null,
    };

    /// <summary>What is to be said of a Website whose Deployment is as given. A condition keeps its time while its status is the same.</summary>
    public static WebsiteStatus Status(Website site, V1Deployment deployment, DateTime now)
    {
        var (available, wanted) = (deployment.Status?.AvailableReplicas ?? 0, site.Spec.Replicas);
        var ready = deployment.Status?.ObservedGeneration == deployment.Generation() && (deployment.Status?.UpdatedReplicas ?? 0) >= wanted && available >= wanted;
        var condition = new V1Condition
        {
            Type = "Ready",
            Status = ready ? "True" : "False",
            Reason = ready ? "Available" : "Waiting",
            Message = string.Create(CultureInfo.InvariantCulture, $"{available} of {wanted} replicas are available."),
            ObservedGeneration = site.Generation(),
            LastTransitionTime = now,
        };
        if (site.Status?.Conditions.FirstOrDefault(one => one.Type == condition.Type) is { } before && before.Status == condition.Status)
            condition.LastTransitionTime = before.LastTransitionTime;
        return new(available, string.Join(',', Selected(site).Select(label => $"{label.Key}={label.Value}")), site.Generation() ?? 0, [condition]);
    }

    private static Dictionary<string, string> Selected(Website site) => new() { ["app.kubernetes.io/name"] = "website", ["app.kubernetes.io/instance"] = site.Name() };

    private static V1ObjectMeta Owned(Website site) => new()
    {
        Name = site.Name(),
        NamespaceProperty = site.Namespace(),
        Labels = new Dictionary<string, string>(Selected(site)) { [ManagedBy] = Operator },
        OwnerReferences = [new() { ApiVersion = site.ApiVersion, Kind = site.Kind, Name = site.Name(), Uid = site.Uid(), Controller = true, BlockOwnerDeletion = true }],
    };
}
