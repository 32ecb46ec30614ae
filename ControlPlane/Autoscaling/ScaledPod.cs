using System.Collections.Immutable;
using System.Text.Json;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Autoscaling;

/// <summary>What an autoscaler reads of a pod, parsed once per version.</summary>
internal sealed record ScaledPod(string Uid, string Name, string Phase, bool Deleting, bool? Ready, DateTimeOffset? ReadySince, DateTimeOffset? StartTime, ImmutableArray<ContainerRequest> Containers)
{
    public static ScaledPod Of(StoredObject stored) => stored.Project(Read);

    private static ScaledPod Read(StoredObject stored)
    {
        var root = ObjectLimits.ParseElement(stored.Json);
        var (spec, status) = (root.At("spec"), root.At("status"));
        var ready = Conditions.Read(status).Find("Ready");
        var requests = ImmutableArray.CreateBuilder<ContainerRequest>();
        foreach (var container in spec.Objects("containers")) requests.Add(ContainerRequest.Read(container));

        // What restarts for ever runs beside the others.
        foreach (var container in spec.Objects("initContainers"))
        {
            if (container.Text("restartPolicy") == "Always") requests.Add(ContainerRequest.Read(container));
        }
        return new(
            stored.Uid, stored.Key.Name, stored.Header.Phase, stored.Header.DeletionTimestamp is not null,
            ready is null ? null : ready.Status == "True", ready?.LastTransition, status.Time("startTime"), requests.DrainToImmutable());
    }
}

/// <summary>What a container asks for, in thousandths by the resource's name.</summary>
internal sealed record ContainerRequest(string Name, ImmutableSortedDictionary<string, string> Requests)
{
    public static ContainerRequest Read(JsonElement container) => new(container.Text("name"), container.TextMap("resources", "requests"));

    /// <summary>Thousandths of a resource; null where it asks for none.</summary>
    public long? Of(string resource) => Requests.TryGetValue(resource, out var text) && Quantities.TryParseMilli(text, out var milli) ? milli : null;
}
