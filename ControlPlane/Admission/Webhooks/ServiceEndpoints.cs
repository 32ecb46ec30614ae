using System.Net;
using ControlPlane.Networking;
using ControlPlane.Networking.Endpoints;
using ControlPlane.Objects;

namespace ControlPlane.Admission.Webhooks;

/// <summary>Where the pods of a Service listen.</summary>
internal interface IServiceEndpoints
{
    /// <summary>Its ready endpoints, in an order that is another one each time. Never none.</summary>
    /// <exception cref="NoEndpointsException">There is none, or no such Service or port.</exception>
    IReadOnlyList<IPEndPoint> Of(WebhookService service);
}

/// <summary>A Service leads nowhere. The message says why, as Kubernetes does.</summary>
internal sealed class NoEndpointsException(string why) : IOException(why);

/// <summary>Those of a view's EndpointSlices: what the proxies of the nodes go by, without the detour over them.</summary>
internal sealed class ServiceEndpoints(IObjectView view) : IServiceEndpoints
{
    /// <inheritdoc/>
    public IReadOnlyList<IPEndPoint> Of(WebhookService service)
    {
        if (view.Get(ServiceSpec.KeyOf(service.Namespace, service.Name)) is not { } found) throw new NoEndpointsException($"service \"{service.Name}\" not found");
        var spec = ServiceSpec.Of(found);
        if (spec.Type == "ExternalName") throw new NoEndpointsException($"unsupported service type \"{spec.Type}\"");
        if (spec.Ports.FirstOrDefault(port => port.Port == service.Port && port.Protocol == "TCP") is not { } wanted)
        {
            throw new NoEndpointsException($"no service port {service.Port} found for service \"{service.Name}\"");
        }
        IPEndPoint[] all =
        [
            .. view.List(SliceContent.Slices, service.Namespace)
                .Where(slice => slice.Header.Labels.GetValueOrDefault(SliceContent.ServiceNameLabel) == service.Name)
                .Select(SliceContent.Of)
                .SelectMany(slice => slice.Ports.Where(port => port.Name == wanted.Name).SelectMany(port => slice.Endpoints.Where(endpoint => endpoint.Ready).Select(endpoint => (endpoint.Address, port.Port))))
                .Where(place => IPAddress.TryParse(place.Address, out _))
                .Select(place => new IPEndPoint(IPAddress.Parse(place.Address), place.Port))
                .Distinct(),
        ];
        if (all.Length == 0) throw new NoEndpointsException($"no endpoints available for service \"{service.Name}\"");
        Random.Shared.Shuffle(all);
        return all;
    }
}
