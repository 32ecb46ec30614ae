using Akka.Actor;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Entities;

/// <summary>
/// Sends commands to objects and waits for the answer and for the local feed to have passed it, so that who writes reads its own writes. The one
/// place that asks.
/// </summary>
public sealed class ObjectClient(ObjectServices services)
{
    private const int CreateAttempts = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CreatePatience = TimeSpan.FromSeconds(4);

    /// <summary>The answer; a rejection with 504 if none came in time, when the outcome is not known.</summary>
    public async Task<ObjectResult> Send(ObjectCommand command)
    {
        var result = command is CreateObject create ? await Create(create) : await Ask(command, Patience);
        if (result is ObjectAccepted { Object: var stored } && !command.DryRun) await services.Cache.WaitFor(stored.Revision);
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
            return await services.Objects.Ask<ObjectResult>(command, patience);
        }
        catch (AskTimeoutException)
        {
            return new ObjectRejected(command.Key, ApiStatus.Timeout($"{command.Key.GroupResource} \"{command.Key.Name}\" did not answer within {patience.TotalSeconds:0} s"));
        }
    }
}
