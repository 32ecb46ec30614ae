using Akka.Actor;
using ControlPlane.Entities;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace Tests.Support;

/// <summary>Objects without actors or a journal: commands are decided as an object's actor decides them and committed to a real watch cache.</summary>
internal sealed class ObjectStore
{
    private long _revision;

    public WatchCache Cache { get; } = new();
    public DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Carries a command out and answers it, without asking for admission.</summary>
    public ObjectResult Do(ObjectCommand command) => Send(command, AdmissionChain.Empty).Result;

    /// <summary>As <see cref="Do"/>, as a task that has completed.</summary>
    public Task<ObjectResult> Send(ObjectCommand command) => Send(command, AdmissionChain.Empty);

    /// <summary>Carries a command out, if these steps admit it.</summary>
    public async Task<ObjectResult> Send(ObjectCommand command, AdmissionChain steps)
    {
        var kind = TestCatalogue.Default.FindStored(command.Key.GroupResource)!;
        var admission = new WriteAdmission(steps, command, ActorRefs.Nobody, TimeProvider.System);
        for (var awaited = admission.Start(new(ObjectDecider.Propose(kind, Cache.Get(command.Key), command, Now))); awaited is not null; awaited = admission.Resume()) await awaited;
        if (admission.Decision.Event is { } stored && !command.DryRun)
        {
            Commit(stored);
            await admission.Stored(stored.ToStored(), stored.Deleted);
        }
        else await admission.NotStored();
        return Answer(command, admission.Decision);
    }

    /// <summary>Stores an object as it is, whatever the rules of writing it.</summary>
    public StoredObject Put(StoredObject shown, bool deleted = false)
    {
        var json = shown.ToJsonObject();
        json.Metadata().Remove("resourceVersion");
        var stored = new ObjectStored(shown.Key, ObjectJson.ToUtf8(json), deleted, new("test", "update", "test", Now));
        Commit(stored);
        return stored.ToStored();
    }

    /// <summary>Runs a reconciler and carries its plans out until there is nothing left to do; the number of plans it took.</summary>
    public int Settle(IReconciler reconciler, ObjectKey key)
    {
        for (var plans = 0; plans < 20; plans++)
        {
            if (Cache.Get(key) is not { } self) return plans;
            var plan = reconciler.Reconcile(self, Cache, Now);
            if (plan.Commands.IsEmpty) return plans;
            foreach (var command in plan.Commands)
            {
                if (Do(command) is ObjectRejected rejected) throw new InvalidOperationException($"{command.GetType().Name} of {command.Key}: {rejected.Status.Message}");
            }
        }
        throw new InvalidOperationException($"The plans of {key} do not come to rest.");
    }

    private static ObjectResult Answer(ObjectCommand command, Decision decision) =>
        decision.Rejection is { } rejection ? new ObjectRejected(command.Key, rejection) { Notes = decision.Notes }
        : decision.Unchanged is { } unchanged ? new ObjectAccepted(unchanged, false)
        : new ObjectAccepted(decision.Event!.ToStored(), decision.Event.Deleted) { Notes = decision.Notes };

    private void Commit(ObjectStored stored)
    {
        stored.Committed(++_revision);
        Cache.Apply(new(_revision, _revision, [new(stored.Key.PersistenceId, _revision, 0, stored)]));
    }
}
