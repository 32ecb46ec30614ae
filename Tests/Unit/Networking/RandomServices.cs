using CsCheck;
using k8s.Models;

namespace Tests.Unit.Networking;

/// <summary>Services of every sort, with endpoints of every sort: small worlds in which names, addresses and node ports meet.</summary>
internal static class RandomServices
{
    /// <summary>One service of a world. Bits of <paramref name="Endpoints"/> are the pods behind it, of <paramref name="Unready"/> those that are terminating.</summary>
    public sealed record One(int Service, int Sort, int Endpoints, int Unready);

    /// <summary>The services of one moment, each at most once.</summary>
    public static readonly Gen<One[]> World =
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 127], Gen.Int[0, 31], Gen.Int[0, 31], (service, sort, endpoints, unready) => new One(service, sort, endpoints, unready))
            .Array[0, 6].Select(all => all.DistinctBy(one => one.Service).ToArray());

    public static IReadOnlyList<V1Service> Services(One[] world) => [.. world.Select(Service)];

    public static IReadOnlyList<V1EndpointSlice> Slices(One[] world) => [.. world.Select(Slice)];

    private static V1Service Service(One one)
    {
        // Two services in six claim one node port, and some claim one external address.
        var service = ProxyObjects.Service($"s{one.Service}", $"10.96.0.{10 + one.Service}", (one.Sort & 1) == 0 ? 0 : 30080 + one.Service / 2);
        if ((one.Sort & 2) != 0) service.Spec.ExternalIPs = [$"203.0.113.{1 + one.Service % 3}", "203.0.113.9"];
        if ((one.Sort & 4) != 0) service.Spec.SessionAffinity = "ClientIP";
        if ((one.Sort & 8) != 0) service.Spec.ExternalTrafficPolicy = "Local";
        if ((one.Sort & 16) != 0) service.Spec.InternalTrafficPolicy = "Local";
        if ((one.Sort & 32) != 0) service.Spec.Ports[0].Protocol = "UDP";
        if ((one.Sort & 64) != 0) service.Spec.Ports.Add(new V1ServicePort { Name = "again", Port = 81, Protocol = "TCP" });
        return service;
    }

    private static V1EndpointSlice Slice(One one)
    {
        var pods = Enumerable.Range(0, 5).Where(pod => (one.Endpoints >> pod & 1) != 0)
            .Select(pod => ($"10.244.{1 + pod % 2}.{10 + pod}", $"node-{1 + pod % 2}", (one.Unready >> pod & 1) == 0, (one.Unready >> pod & 1) != 0));
        var slice = ProxyObjects.SliceOf($"s{one.Service}", [.. pods]);
        if ((one.Sort & 32) != 0) slice.Ports[0].Protocol = "UDP";
        slice.Ports.Add(new Discoveryv1EndpointPort { Name = "again", Port = 8081, Protocol = "TCP" });
        return slice;
    }
}
