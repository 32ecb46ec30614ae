using Akka.Actor;
using ControlPlane.Networking;
using ControlPlane.Networking.Allocation;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Gateway;

/// <summary>
/// Sends commands to objects and waits for the answer and for the local feed to have passed it, so that a client reads its own writes. The one
/// place that asks.
/// </summary>
public sealed class ObjectClient
{
    private const int CreateAttempts = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CreatePatience = TimeSpan.FromSeconds(4);

    private readonly ObjectServices _services;
    private readonly ServiceAllocator _serviceAllocator;

    /// <param name="services">The objects and the feed they are read from.</param>
    /// <param name="network">Where Services get their addresses and ports.</param>
    public ObjectClient(ObjectServices services, ServiceNetworkOptions network) =>
        (_services, _serviceAllocator) = (services, new(Direct, services.Cache, network, services.Time));

    /// <summary>
    /// The answer; a rejection with 504 if none came in time, when the outcome is not known. A Service is answered with its addresses and ports.
    /// </summary>
    public Task<ObjectResult> Send(ObjectCommand command) => command.Key.GroupResource == ServiceSpec.Services ? _serviceAllocator.Send(command) : Direct(command);

    private async Task<ObjectResult> Direct(ObjectCommand command)
    {
        var result = command is CreateObject create ? await Create(create) : await Ask(command, Patience);
        if (result is ObjectAccepted { Object: var stored } && !command.DryRun) await _services.Cache.WaitFor(stored.Revision);
        return result;
    }

    // A repeated create is answered with what the first one made: it may be sent again without knowing whether that one arrived.
    private async Task<ObjectResult> Create(CreateObject command)
    {
        for (var attempt = 1; attempt < CreateAttempts; attempt++)
        {
            var result = await Ask(command, CreatePatience);
            if (result is not ObjectRejected { Status.Code: 504 }) return result;
        }
        return await Ask(command, CreatePatience);
    }

    private async Task<ObjectResult> Ask(ObjectCommand command, TimeSpan patience)
    {
        try
        {
            return await _services.Objects.Ask<ObjectResult>(command, patience);
        }
        catch (AskTimeoutException)
        {
            return new ObjectRejected(command.Key, ApiStatus.Timeout($"{command.Key.GroupResource} \"{command.Key.Name}\" did not answer within {patience.TotalSeconds:0} s"));
        }
    }
}
