using ControlPlane.Access.Roles.BuiltIn;
using ControlPlane.Access.ServiceAccounts;
using ControlPlane.Entities;
using ControlPlane.Gateway.FlowControl;
using ControlPlane.Networking.Services;
using ControlPlane.Objects;
using ControlPlane.Scheduling.PriorityClasses;
using ControlPlane.Storage;
using ControlPlane.Workloads.Namespaces;

namespace ControlPlane.Hosting;

/// <summary>The objects that every cluster has from its first start: its namespaces, the key of its service accounts, its storage class, the system's priority classes, the priority levels of requests, the built-in roles and the Service of its API.</summary>
internal static class FirstObjects
{
    private const int MostAttempts = 12;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Brings into being what is missing, which several processes may do at once, and waits for what <see cref="ApiServersActor"/> makes.</summary>
    /// <exception cref="InvalidOperationException">One was refused for another reason than that another process was faster.</exception>
    /// <exception cref="TimeoutException">The Service of the API was not made.</exception>
    public static async Task Ensure(ObjectServices services, ObjectClient objects)
    {
        foreach (var step in Missing(services.Cache)) await Create(objects, step);
        using var scope = services.Cache.Of(ApiServerService.Key.GroupResource).Enter(ApiServerService.Key.Namespace, ApiServerService.Key.Name);
        while (true)
        {
            var changed = scope.Changed;
            if (services.Cache.Get(ApiServerService.Key) is not null) return;
            await changed.WaitAsync(Patience, services.Time);
        }
    }

    /// <summary>The writes that bring into being what is missing, in steps: each looks at what there is when it is asked for. Nothing of users may refuse any of them: a control plane would not start.</summary>
    internal static IEnumerable<IEnumerable<ObjectCommand>> Missing(IObjectView view)
    {
        var missing = DefaultNamespaces.Missing(view).Commands;

        // Only where the cluster begins, which its namespaces tell, and before them: a class that somebody deleted does not come back.
        if (missing.Length == DefaultNamespaces.Names.Length) yield return [FirstStorageClass.Create()];
        yield return [.. SigningKeys.Missing(view), .. SystemPriorityClasses.Missing(view), .. BuiltInFlows.Missing(view), .. missing];
        yield return BuiltInAccess.Missing(view);
    }

    // Where all members start at once, shards and the database may be busy for longer than a client would wait.
    private static async Task Create(ObjectClient objects, IEnumerable<ObjectCommand> commands)
    {
        ObjectCommand[] open = [.. commands];
        for (var attempt = 1; open.Length > 0; attempt++)
        {
            var refused = (await Task.WhenAll(open.Select(objects.Send))).OfType<ObjectRejected>().Where(result => result.Status.Reason is not ("AlreadyExists" or "Conflict")).ToArray();
            if (refused.FirstOrDefault(result => attempt == MostAttempts || result.Status.Code is not (429 or 503 or 504)) is { } lost) throw new InvalidOperationException(lost.Status.Message);
            open = [.. open.Where(command => refused.Any(result => result.Key == command.Key))];
        }
    }
}
