using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Workloads.Namespaces;

/// <summary>Everything a namespace holds, by resource.</summary>
internal sealed record NamespaceContents(IReadOnlyList<(GroupResource Resource, IReadOnlyList<StoredObject> Objects)> Held)
{
    // Controllers first: what they own must not be made anew behind our back.
    private static readonly GroupResource[] ControllersFirst =
    [
        new("apps", "deployments"), new("apps", "statefulsets"), new("apps", "daemonsets"), new("batch", "cronjobs"), new("batch", "jobs"), new("apps", "replicasets"),
    ];

    public bool IsEmpty => Held.Count == 0;

    /// <summary>The objects whose deletion has not been asked for, in the order to ask.</summary>
    public IEnumerable<StoredObject> ToDelete => Held.SelectMany(held => held.Objects).Where(found => found.Header.DeletionTimestamp is null);

    /// <summary><c>pods. has 2 resource instances, ...</c></summary>
    public string Remaining => string.Join(", ", Held.OrderBy(held => held.Resource.ToString(), StringComparer.Ordinal)
        .Select(held => $"{held.Resource.Resource}.{held.Resource.Group} has {held.Objects.Count} resource instances"));

    /// <summary><c>some/finalizer in 2 resource instances, ...</c>; empty where nothing has a finalizer.</summary>
    public string Finalizers => string.Join(", ", Held.SelectMany(held => held.Objects).SelectMany(found => found.Header.Finalizers.Distinct())
        .GroupBy(finalizer => finalizer).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Key} in {group.Count()} resource instances"));

    /// <param name="resources">The namespaced resources that are stored.</param>
    /// <param name="name">The namespace.</param>
    /// <param name="view">The cluster.</param>
    public static NamespaceContents Of(IEnumerable<GroupResource> resources, string name, IObjectView view) =>
        new([.. resources.OrderBy(Order).Select(resource => (resource, view.List(resource, name))).Where(held => held.Item2.Count > 0)]);

    private static int Order(GroupResource resource) => Array.IndexOf(ControllersFirst, resource) is var at and >= 0 ? at : ControllersFirst.Length;
}
