using Akka.Actor;
using ControlPlane.Entities;
using ControlPlane.Networking.Services;
using ControlPlane.Objects;
using ControlPlane.Workloads.Namespaces;

namespace ControlPlane.Hosting;

/// <summary>The objects that every cluster has from its first start: its namespaces and the Service of its API.</summary>
internal static class FirstObjects
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Creates what is missing; several processes may do so at once.</summary>
    /// <exception cref="InvalidOperationException">One was refused for another reason than being there.</exception>
    public static async Task Ensure(ObjectServices services, ControlPlaneOptions options, TimeProvider time)
    {
        var missing = DefaultNamespaces.Missing(services.Cache).Commands;
        foreach (var result in await Task.WhenAll(missing.Select(command => services.Objects.Ask<ObjectResult>(command, Patience))))
        {
            if (result is ObjectRejected { Status: { Reason: not "AlreadyExists" } status }) throw new InvalidOperationException(status.Message);
            if (result is ObjectAccepted accepted) await services.Cache.WaitFor(accepted.Object.Revision);
        }
        await EnsureApiService(services, options, time);
    }

    /// <summary>Carries out the plan of the Service that pods reach the API by.</summary>
    private static async Task EnsureApiService(ObjectServices services, ControlPlaneOptions options, TimeProvider time)
    {
        var commands = ApiServerService.Commands(services.Cache, [options.AdvertiseAddress.ToString()], options.Port, NetworkSettings.Services(options), time.GetUtcNow());
        foreach (var command in commands)
        {
            var result = await services.Objects.Ask<ObjectResult>(command, Patience);
            if (result is ObjectRejected { Status: { Reason: not "AlreadyExists" } status }) throw new InvalidOperationException(status.Message);
        }
    }
}
