using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Entities;

/// <summary>Knows whether a command was carried out before, and what came of it: it may be sent again whenever its sender got no answer.</summary>
internal static class RepeatedCommand
{
    /// <summary>The answer to a command that is not to be decided (again); null: it is new.</summary>
    public static Task<ObjectResult>? Answer(ObjectCommand command, WatchCache cache)
    {
        if (command.Id == 0 || command.DryRun) return null;
        if (cache.Commands.TryGet(command.Id, out var known))
        {
            return known.IsWithdrawn ? Task.FromResult<ObjectResult>(new CommandWithdrawn(command.Key)) : Recall(command.Key, known.Revision, cache);
        }

        // It comes from so long ago that nobody here knows whether it was carried out; who sent it waits no more.
        return command.Since != 0 && command.Since < cache.Commands.Since
            ? Task.FromResult<ObjectResult>(new ObjectRejected(command.Key, ApiStatus.Timeout($"the write of {command.Key} came too late to be told from one that was made before")) { Fate = WriteFate.Unknown })
            : null;
    }

    private static async Task<ObjectResult> Recall(ObjectKey key, long revision, WatchCache cache)
    {
        await cache.WaitFor(revision);
        if (cache.Get(key) is { } live && live.Revision == revision) return new ObjectAccepted(live, Deleted: false);
        return cache.ChangeAt(key.GroupResource, revision) is { } change
            ? new ObjectAccepted(change.Object, change.Deleted)
            : new ObjectRejected(key, ApiStatus.Timeout($"the write of {key} was stored at revision {revision}, which is not held in memory any more; read the object")) { Fate = WriteFate.Unknown };
    }
}
