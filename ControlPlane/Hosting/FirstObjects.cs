using ControlPlane.Entities;
using ControlPlane.Networking.Services;
using ControlPlane.Objects;
using ControlPlane.Storage;
using ControlPlane.Workloads.Namespaces;

namespace ControlPlane.Hosting;

/// <summary>The objects that every cluster has from its first start: its namespaces, its storage class and the Service of its API.</summary>
internal static class FirstObjects
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Creates what is missing, which several processes may do at once, and waits for what <see cref="ApiServersActor"/> makes.</summary>
    /// <exception cref="InvalidOperationException">One was refused for another reason than being there.</exception>
    /// <exception cref="TimeoutException">The Service of the API was not made.</exception>
    public static async Task Ensure(ObjectServices services, ObjectClient objects)
    {
        var missing = DefaultNamespaces.Missing(services.Cache).Commands;

        // Only where the cluster begins, which its namespaces tell, and before them: a class that somebody deleted does not come back.
        if (missing.Length == DefaultNamespaces.Names.Length) await Create(objects, [FirstStorageClass.Create()]);
        await Create(objects, missing);
        using var scope = services.Cache.Of(ApiServerService.Key.GroupResource).Enter(ApiServerService.Key.Namespace, ApiServerService.Key.Name);
        while (true)
        {
            var changed = scope.Changed;
            if (services.Cache.Get(ApiServerService.Key) is not null) return;
            await changed.WaitAsync(Patience, services.Time);
        }
    }

    private static async Task Create(ObjectClient objects, IEnumerable<ObjectCommand> commands)
    {
        foreach (var result in await Task.WhenAll(commands.Select(objects.Send)))
        {
            if (result is ObjectRejected { Status: { Reason: not "AlreadyExists" } status }) throw new InvalidOperationException(status.Message);
        }
    }
}
