using System.Collections.Immutable;
using System.Globalization;
using k8s.Models;
using NodeActor.Networking;
using NodeActor.Pods.Specs;
using Shared.Api;
using Shared.Json;

namespace NodeActor.Pods;

/// <summary>
/// The environment variables by which containers find Services, as the kubelet makes them: those of the pod's namespace unless it wants none, and always those of the API,
/// <c>default/kubernetes</c>. A container has what there was when it started. Thread-safe.
/// </summary>
public sealed class ServiceVariables
{
    private static readonly ObjectKey Api = new("", "services", "default", "kubernetes");
    private const string Headless = "None";
    private volatile Known? _known;

    /// <summary>Replaces what is known.</summary>
    public void Show(ImmutableArray<FollowedObject> services) => _known = new(services);

    /// <summary>The variables in the order of the Services' names.</summary>
    /// <param name="links">Whether the pod wants those of its namespace (<c>enableServiceLinks</c>).</param>
    /// <exception cref="SpecException">The node has not heard of the Services yet.</exception>
    internal IEnumerable<KeyValuePair<string, string>> Of(string @namespace, bool links)
    {
        var known = _known ?? throw new SpecException("services have not yet been read at least once, cannot construct envvars");
        return known.Services
            .Where(service => service.Key == Api || (links && service.Key.Namespace == @namespace))
            .OrderBy(service => service.Key.Namespace == @namespace ? service.Key.Name : "", StringComparer.Ordinal)
            .SelectMany(service => Variables(ModelReading.Read<V1Service>(service.Json)));
    }

    private static IEnumerable<KeyValuePair<string, string>> Variables(V1Service service)
    {
        if (service.Spec?.ClusterIP is not { Length: > 0 } address || address == Headless || service.Spec.Ports is not { Count: > 0 } ports) yield break;
        var name = Upper(service.Metadata.Name);
        yield return new($"{name}_SERVICE_HOST", address);
        yield return new($"{name}_SERVICE_PORT", Text(ports[0].Port));
        foreach (var port in ports.Where(port => !string.IsNullOrEmpty(port.Name))) yield return new($"{name}_SERVICE_PORT_{Upper(port.Name)}", Text(port.Port));
        var host = address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
        for (var i = 0; i < ports.Count; i++)
        {
            var protocol = ports[i].Protocol ?? "TCP";
            var (number, url) = (Text(ports[i].Port), $"{protocol.ToLowerInvariant()}://{host}:{ports[i].Port}");
            if (i == 0) yield return new($"{name}_PORT", url);
            var prefix = $"{name}_PORT_{number}_{protocol.ToUpperInvariant()}";
            yield return new(prefix, url);
            yield return new(prefix + "_PROTO", protocol.ToLowerInvariant());
            yield return new(prefix + "_PORT", number);
            yield return new(prefix + "_ADDR", address);
        }
    }

    private static string Upper(string name) => name.ToUpperInvariant().Replace('-', '_');

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    private sealed record Known(ImmutableArray<FollowedObject> Services);
}
