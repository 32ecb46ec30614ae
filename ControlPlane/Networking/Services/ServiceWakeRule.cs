using ControlPlane.Networking.Allocation;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;

namespace ControlPlane.Networking.Services;

/// <summary>A pod wakes the Services that select it, or did; a Service wakes its claims, the ones it gave up included; a claim wakes its Service.</summary>
public sealed class ServiceWakeRule : IWakeRule
{
    private static readonly GroupResource Pods = new("", "pods");

    public void Wake(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys)
    {
        var resource = change.Object.Key.GroupResource;
        if (resource == Pods) WakeServices(change, view, keys);
        else if (resource == ServiceSpec.Services) WakeClaims(change, keys);
        else if (resource == ServiceClaim.Addresses || resource == ServiceClaim.Others)
        {
            if (ServiceClaim.Read(change.Object) is { } claim && change.Deleted) keys.Add(claim.Service);
        }
    }

    private static void WakeServices(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys)
    {
        var (now, before) = (change.Object.Header, change.Previous?.Header);
        // A pod without a node has no address: it is nobody's endpoint.
        if (now.NodeName.Length == 0) return;
        var services = SelectorIndex.Of(view.List(ServiceSpec.Services).Objects, static service => ServiceSpec.Of(service).Selector);
        foreach (var service in services.Selecting(change.Object.Key.Namespace, now.Labels)) keys.Add(service.Key);
        if (before is null || ReferenceEquals(before.Labels, now.Labels)) return;
        foreach (var service in services.Selecting(change.Object.Key.Namespace, before.Labels)) keys.Add(service.Key);
    }

    private static void WakeClaims(ObjectChange change, ICollection<ObjectKey> keys)
    {
        foreach (var key in ServiceClaim.Of(ServiceSpec.Of(change.Object))) keys.Add(key);
        if (change.Previous is null) return;
        foreach (var key in ServiceClaim.Of(ServiceSpec.Of(change.Previous))) keys.Add(key);
    }
}
