using System.Collections.Immutable;
using System.Text.Json;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Networking.Endpoints;

/// <summary>A port of a container that has a name: what a Service's targetPort may refer to.</summary>
public readonly record struct NamedPort(string Name, string Protocol, int Port);

/// <summary>What endpoints need to know of a pod beyond its header. Read from a pod version once.</summary>
public sealed record PodEndpoint(string Ip, string Hostname, string Subdomain, ImmutableArray<NamedPort> NamedPorts)
{
    /// <summary>The endpoint view of a pod, kept with this version of it.</summary>
    public static PodEndpoint Of(StoredObject pod) => pod.Project(Read);

    /// <summary>Whether the pod has a place among endpoints at all: it has an address and has not ended. Ready or not is another question.</summary>
    public static bool Belongs(StoredObject pod) => pod.Header.Phase is not ("Succeeded" or "Failed") && Of(pod).Ip.Length > 0;

    /// <summary>The number a Service's port leads to on this pod; 0 if the pod has no port of the name.</summary>
    public int Resolve(ServicePort port)
    {
        if (port.TargetName.Length == 0) return port.TargetPort;
        foreach (var named in NamedPorts)
        {
            if (named.Name == port.TargetName && named.Protocol == port.Protocol) return named.Port;
        }
        return 0;
    }

    private static PodEndpoint Read(StoredObject pod)
    {
        using var document = JsonDocument.Parse(pod.Json, ObjectLimits.Document);
        var spec = document.RootElement.At("spec");
        var status = document.RootElement.At("status");
        var ports = ImmutableArray.CreateBuilder<NamedPort>();
        // Of init containers only sidecars serve anything.
        foreach (var container in spec.Objects("containers").Concat(spec.Objects("initContainers").Where(container => container.Text("restartPolicy") == "Always")))
        {
            foreach (var port in container.Objects("ports"))
            {
                if (port.Text("name") is not { Length: > 0 } name || port.Number("containerPort") is not (> 0 and <= 65535 and var number)) continue;
                ports.Add(new(name, port.Text("protocol") is { Length: > 0 } protocol ? protocol : "TCP", (int)number));
            }
        }
        return new(status.Text("podIP"), spec.Text("hostname"), spec.Text("subdomain"), ports.DrainToImmutable());
    }
}
