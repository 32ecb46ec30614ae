using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Networking.Allocation;

/// <summary>
/// Carries out writes of Services so that their answer has the cluster IP and node ports already: claims them by identity, then sends the
/// write, and gives back what was claimed in vain or is not used any more. Any number of these may work at a time: of two that want one
/// address, the one that makes the claim has it. What is left behind by a crash is given back by the claim itself.
/// </summary>
/// <param name="send">Sends a command and returns its answer; code 504 where none came.</param>
/// <param name="view">The local watch cache.</param>
/// <param name="options">Where addresses and ports come from.</param>
/// <param name="clock">The time claims are counted by.</param>
public sealed class ServiceAllocator(Func<ObjectCommand, Task<ObjectResult>> send, IObjectView view, ServiceNetworkOptions options, TimeProvider clock)
{
    private const int PatchAttempts = 5;
    private static readonly TimeSpan PatchPause = TimeSpan.FromMilliseconds(20);
    private readonly Claimant _claimant = new(send, view, options, clock);

    /// <summary>Sends a command for a Service. The answer is that of the Service, or a rejection because of what it wants to claim.</summary>
    public Task<ObjectResult> Send(ObjectCommand command) => command switch
    {
        CreateObject create => Create(create),
        UpdateObject { Subresource: "" } update => Update(update),
        PatchObject { Subresource: "" } patch => Patch(patch),
        DeleteObject delete => Delete(delete),
        _ => send(command),
    };

    private async Task<ObjectResult> Create(CreateObject command)
    {
        var made = new List<StoredObject>();
        if (await _claimant.Complete(command.Object, new HashSet<ObjectKey>(), new(command.Key, command.Uid, command.DryRun), made) is { } rejection)
        {
            await _claimant.Release(made);
            return new ObjectRejected(command.Key, rejection);
        }
        return await SendOrRelease(command, made);
    }

    private async Task<ObjectResult> Update(UpdateObject command)
    {
        if (view.Get(command.Key) is not { } current) return await send(command);
        ServiceValues.CarryOver(command.Object, current.ToJsonObject());
        return await Write(command, command.Object, current);
    }

    /// <summary>
    /// A patch is computed by the Service's actor. If what it makes wants nothing new it is sent as it is; otherwise the patched Service is
    /// completed and written in its place, if it is still the version that was patched.
    /// </summary>
    private async Task<ObjectResult> Patch(PatchObject command)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (view.Get(command.Key) is not { } current) return await send(command);
            var tried = await send(command with { DryRun = true });
            if (tried is not ObjectAccepted { Object: var patched }) return tried;
            var tree = patched.ToJsonObject();
            var changed = ServiceValues.CarryOver(tree, current.ToJsonObject());
            if (!changed && !_claimant.Wants(tree, ServiceSpec.Of(current)))
            {
                if (command.DryRun) return tried;
                var result = await send(command);
                if (result is ObjectAccepted { Object: var stored }) await ReleaseUnused(current, stored);
                return result;
            }
            tree.Metadata().Remove("resourceVersion");
            var write = new UpdateObject(command.Key, tree, "", command.By) { DryRun = command.DryRun, Preconditions = new(current.Uid, current.Revision) };
            var written = await Write(write, tree, current);
            if (written is not ObjectRejected { Status.Code: 409 } || attempt == PatchAttempts) return written;
            // Another write came in between; the local view will show it in a moment.
            await Task.Delay(PatchPause, clock);
        }
    }

    private async Task<ObjectResult> Delete(DeleteObject command)
    {
        var result = await send(command);
        if (result is ObjectAccepted { Deleted: true, Object: var gone } && !command.DryRun) await _claimant.ReleaseAll(ServiceClaim.Of(ServiceSpec.Of(gone)), gone.Uid);
        return result;
    }

    private async Task<ObjectResult> Write(ObjectCommand command, JsonObject tree, StoredObject current)
    {
        var made = new List<StoredObject>();
        var has = ServiceClaim.Of(ServiceSpec.Of(current)).ToHashSet();
        if (await _claimant.Complete(tree, has, new(command.Key, current.Uid, command.DryRun), made) is { } rejection)
        {
            await _claimant.Release(made);
            return new ObjectRejected(command.Key, rejection);
        }
        var result = await SendOrRelease(command, made);
        if (result is ObjectAccepted { Object: var stored } && !command.DryRun) await ReleaseUnused(current, stored);
        return result;
    }

    private async Task<ObjectResult> SendOrRelease(ObjectCommand command, List<StoredObject> made)
    {
        var result = await send(command);
        // From 500 on the outcome is not known: then the claims sort it out themselves.
        if (result is ObjectRejected { Status.Code: < 500 }) await _claimant.Release(made);
        return result;
    }

    private Task ReleaseUnused(StoredObject before, StoredObject now) =>
        _claimant.ReleaseAll(ServiceClaim.Of(ServiceSpec.Of(before)).Except(ServiceClaim.Of(ServiceSpec.Of(now))), now.Uid);
}
