using ControlPlane.Objects;
using ControlPlane.Workloads.CronJobs;
using ControlPlane.Workloads.Jobs;
using Shared.Api;

namespace ControlPlane.Workloads;

/// <summary>
/// The finalizers by which controllers hold their own objects until they are counted. Where the controller is gone nobody counts any more, and whoever collects
/// what is left takes them away.
/// </summary>
public static class TrackingFinalizers
{
    private static readonly GroupResource Pods = new("", "pods");
    private static readonly GroupResource Jobs = new("batch", "jobs");
    private static readonly GroupResource CronJobs = new("batch", "cronjobs");

    /// <summary>The finalizer of an object that waits for a controller which is not there; null if it waits for none.</summary>
    /// <param name="item">Any object.</param>
    /// <param name="view">The cluster, in which an owner is seen before what it owns.</param>
    public static string? Lost(StoredObject item, IObjectView view)
    {
        if (item.Header.Finalizers.IsEmpty) return null;
        if (item.Key.GroupResource == Pods) return Lost(item, JobNames.Finalizer, Jobs, "Job", view);
        return item.Key.GroupResource == Jobs ? Lost(item, CronJobNames.Finalizer, CronJobs, "CronJob", view) : null;
    }

    private static string? Lost(StoredObject item, string finalizer, GroupResource owners, string kind, IObjectView view)
    {
        if (!item.Header.Finalizers.Contains(finalizer)) return null;
        if (item.Header.Controller is not { } owner || owner.Kind != kind) return finalizer;
        return view.Get(new ObjectKey(owners.Group, owners.Resource, item.Key.Namespace, owner.Name)) is { } found && found.Uid == owner.Uid ? null : finalizer;
    }
}
