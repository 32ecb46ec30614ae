using System.Collections.Immutable;
using ControlPlane.Objects;
using ControlPlane.Scheduling;
using Shared.Api;

namespace ControlPlane.Networking.Endpoints;

/// <summary>The pods behind a Service as one view shows them.</summary>
/// <param name="Groups">At least one; the first is empty where there are no pods.</param>
/// <param name="Pods">Every change of pods up to this revision was seen.</param>
public sealed record ServiceEndpoints(ImmutableArray<EndpointGroup> Groups, long Pods)
{
    private static readonly GroupResource PodResource = new("", "pods");

    /// <summary>Reads the pods a Service selects.</summary>
    public static ServiceEndpoints Read(StoredObject service, ServiceSpec spec, IObjectView view)
    {
        // Read before anything else is: what is read then is at least as new.
        var complete = view.Revision;
        var zones = new Dictionary<string, string>(StringComparer.Ordinal);
        var groups = new Dictionary<string, (ImmutableArray<EndpointPort> Ports, List<Endpoint> Endpoints)>(StringComparer.Ordinal);
        var named = spec.Ports.Any(port => port.TargetName.Length > 0);
        (ImmutableArray<EndpointPort> Ports, List<Endpoint> Endpoints)? only = null;
        foreach (var pod in view.Selected(PodResource, service.Key.Namespace, spec.Selector).OrderBy(pod => pod.Key.Name, StringComparer.Ordinal))
        {
            if (!PodEndpoint.Belongs(pod)) continue;
            var projected = PodEndpoint.Of(pod);
            var endpoint = Of(pod, projected, service, spec, view, zones);
            if (!named) (only ??= (PortsOf(spec, projected), [])).Endpoints.Add(endpoint);
            else
            {
                var ports = PortsOf(spec, projected);
                var key = string.Join(';', ports);
                if (!groups.TryGetValue(key, out var group)) groups[key] = group = (ports, []);
                group.Endpoints.Add(endpoint);
            }
        }
        if (only is { } all) groups[""] = all;
        if (groups.Count == 0) groups[""] = (named ? [] : PortsOf(spec, new("", "", "", [])), []);
        return new([.. groups.OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => new EndpointGroup(group.Value.Ports, [.. group.Value.Endpoints]))], complete);
    }

    /// <summary>Kubernetes' conditions: serving is the pod's readiness, ready is that unless it is going.</summary>
    private static Endpoint Of(StoredObject pod, PodEndpoint projected, StoredObject service, ServiceSpec spec, IObjectView view, Dictionary<string, string> zones)
    {
        var terminating = pod.Header.DeletionTimestamp is not null;
        var node = pod.Header.NodeName;
        if (!zones.TryGetValue(node, out var zone))
        {
            zone = node.Length > 0 && view.Get(new("", "nodes", "", node)) is { } known && known.Header.Labels.TryGetValue(NodeOffer.ZoneLabel, out var label) ? label : "";
            zones[node] = zone;
        }
        return new(
            projected.Ip,
            spec.PublishNotReadyAddresses || (pod.Header.Ready && !terminating),
            pod.Header.Ready,
            terminating,
            pod.Key.Name,
            pod.Uid,
            node,
            zone,
            projected.Hostname.Length > 0 && projected.Subdomain == service.Key.Name ? projected.Hostname : "");
    }

    private static ImmutableArray<EndpointPort> PortsOf(ServiceSpec spec, PodEndpoint pod)
    {
        var ports = ImmutableArray.CreateBuilder<EndpointPort>(spec.Ports.Length);
        foreach (var port in spec.Ports)
        {
            if (pod.Resolve(port) is var number and > 0) ports.Add(new(port.Name, port.Protocol, number, port.AppProtocol));
        }
        return ports.DrainToImmutable();
    }
}
