using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads.Jobs;
using ControlPlane.Workloads.Patches;
using Shared.Json;

namespace Tests.Unit.Workloads.Jobs;

/// <summary>The Job's controller without one of its guards, taken out by doctoring the plans it makes.</summary>
internal static class JobMutant
{
    public static readonly IReadOnlyDictionary<string, Func<World, StoredObject, Plan, Plan>> All = new Dictionary<string, Func<World, StoredObject, Plan, Plan>>
    {
        ["pods are counted without a note"] = (world, self, plan) => Release(world, self, plan, CountAtOnce),
        ["pods are released before the note is stored"] = (world, self, plan) => Release(world, self, plan, status => status),
        ["notes are counted while their pods are still tracked"] = (_, self, plan) => Each<PatchObject>(plan, command =>
            command.Patch is StatusWithNews patch ? command with { Patch = patch with { Status = CountStored(self, patch.Status.ToJsonObject()) } } : command),
        ["pods have names of their own each time"] = (_, _, plan) => Each<CreateObject>(plan, create => create with { Key = create.Key with { Name = $"{create.Key.Name}-{create.Uid[..8]}" } }),
        ["pods are created before the status is stored"] = (world, self, plan) => plan.Commands is [PatchObject { Patch: StatusWithNews patch }] ? plan with { Commands = [.. plan.Commands, .. Created(world, self, patch)] } : plan,
        ["a status is stored whatever the status is"] = (_, _, plan) => Each<PatchObject>(plan, command =>
            command.Patch is StatusWithNews ? command with { Preconditions = new(command.Preconditions.Uid) } : command),
        ["a pod that ended is given up"] = (_, _, plan) => Each<PatchObject>(plan, command =>
            command.Patch is GiveUpPodPatch ? command with { Patch = new FinalizerPatch(JobNames.Finalizer) } : command),
    };

    private static Plan Each<T>(Plan plan, Func<T, ObjectCommand> change)
        where T : ObjectCommand => plan with { Commands = [.. plan.Commands.Select(command => command is T some ? change(some) : command)] };

    private static Plan Release(World world, StoredObject self, Plan plan, Func<JsonObject, JsonObject> change)
    {
        var released = ImmutableArray.CreateBuilder<ObjectCommand>();
        var changed = Each<PatchObject>(plan, command =>
        {
            if (command.Patch is not StatusWithNews patch) return command;
            var status = patch.Status.ToJsonObject();
            var (job, notes) = (JobState.Of(self), status.Child("uncountedTerminatedPods"));
            var fresh = notes.Texts("succeeded").Concat(notes.Texts("failed")).Where(uid => !job.NotedSucceeded.Contains(uid) && !job.NotedFailed.Contains(uid)).ToHashSet();
            foreach (var pod in world.Live(World.Pods).Where(pod => fresh.Contains(pod.Uid)))
            {
                released.Add(new PatchObject(pod.Key, new FinalizerPatch(JobNames.Finalizer), "", command.By) { Preconditions = new(pod.Uid) });
            }
            return command with { Patch = patch with { Status = change(status) } };
        });
        return changed with { Commands = [.. changed.Commands, .. released] };
    }

    /// <summary>What would be created if the status were stored already.</summary>
    private static IEnumerable<ObjectCommand> Created(World world, StoredObject self, StatusWithNews patch)
    {
        var tree = self.ToJsonObject();
        tree["status"] = patch.Status.ToJsonObject();
        return new JobReconciler().Reconcile(new(self.Key, ObjectJson.ToUtf8(tree), self.Revision), world.View, world.Now).Commands.OfType<CreateObject>();
    }

    private static JsonObject CountAtOnce(JsonObject status)
    {
        foreach (var member in new[] { "succeeded", "failed" })
        {
            var noted = status.Texts("uncountedTerminatedPods", member).Count();
            if (noted > 0) status[member] = (status.Number(member) ?? 0) + noted;
        }
        status["uncountedTerminatedPods"] = new JsonObject();
        return status;
    }

    private static JsonObject CountStored(StoredObject self, JsonObject status)
    {
        var (job, notes) = (JobState.Of(self), status.Child("uncountedTerminatedPods")!);
        foreach (var (member, stored) in new[] { ("succeeded", job.NotedSucceeded), ("failed", job.NotedFailed) })
        {
            var kept = notes.Texts(member).ToArray();
            var counted = kept.Count(stored.Contains);
            if (counted == 0) continue;
            status[member] = (status.Number(member) ?? 0) + counted;
            notes[member] = new JsonArray([.. kept.Where(uid => !stored.Contains(uid)).Select(uid => (JsonNode)uid)]);
        }
        return status;
    }
}
