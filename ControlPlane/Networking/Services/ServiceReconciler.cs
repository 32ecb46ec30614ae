using System.Collections.Immutable;
using ControlPlane.Networking.Allocation;
using ControlPlane.Networking.Endpoints;
using ControlPlane.Objects;

namespace ControlPlane.Networking.Services;

/// <summary>
/// A Service's controller: keeps the claims of its addresses and ports, its EndpointSlices and its Endpoints. A Service without a selector has its
/// endpoints made by others; what belongs to a deleted one goes with its owner.
/// </summary>
public sealed class ServiceReconciler(ServiceNetworkOptions options) : IReconciler
{
    private static readonly Requester By = Requester.Controller("service-controller");

    public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        if (self.Header.DeletionTimestamp is not null) return Plan.Nothing;
        var spec = ServiceSpec.Of(self);
        var commands = ImmutableArray.CreateBuilder<ObjectCommand>();
        var events = ImmutableArray.CreateBuilder<EventNote>();
        foreach (var key in ServiceClaim.Of(spec))
        {
            if (view.Get(key) is not { } claim) commands.Add(new CreateObject(key, new ServiceClaim(key, self.Key, self.Uid, now).ToJson(), By));
            else if (ServiceClaim.Read(claim) is { } read && read.ServiceUid != self.Uid && read.IsUsed(view)) events.Add(Conflict(self, read));
        }
        if (spec.HasEndpoints)
        {
            var desired = ServiceEndpoints.Read(self, spec, view);
            var slices = view.OwnedBy(self.Uid).Where(SliceContent.IsOurs).OrderBy(slice => slice.Key.Name, StringComparer.Ordinal).ToArray();
            commands.AddRange(SlicePlan.Commands(self, spec, slices, desired, view));
            if (EndpointsPlan.Command(self, spec, desired, view) is { } endpoints) commands.Add(endpoints);
        }
        // A claim that is in the way goes by itself unless its Service is alive; then a user has to choose.
        return new() { Commands = commands.DrainToImmutable(), Events = events.ToImmutable(), RequeueAfter = events.Count > 0 ? options.ClaimGrace * 5 : null };
    }

    private static EventNote Conflict(StoredObject self, ServiceClaim other)
    {
        var isAddress = other.Key.GroupResource == ServiceClaim.Addresses;
        return new(
            new("v1", "Service", self.Key.Namespace, self.Key.Name, self.Uid),
            "Warning",
            isAddress ? "ClusterIPAlreadyAllocated" : "PortAlreadyAllocated",
            $"{(isAddress ? $"Cluster IP {other.Key.Name}" : other.Key.Name)} was assigned to multiple services; please recreate service. It belongs to {other.Service.Namespace}/{other.Service.Name}",
            "service-controller");
    }
}
