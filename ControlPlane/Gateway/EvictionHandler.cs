using ControlPlane.Entities;
using ControlPlane.Journal;
using ControlPlane.Objects;
using ControlPlane.Policy.PodDisruptionBudgets;
using ControlPlane.Workloads.Patches;
using Shared.Api;

namespace ControlPlane.Gateway;

/// <summary>The <c>eviction</c> subresource of pods: a delete that the pod's disruption budget has to allow. By the rules of Kubernetes' eviction API.</summary>
public sealed class EvictionHandler(WatchCache cache, JournalReader journal, ObjectClient objects, TimeProvider time)
{
    private static readonly GroupResource Budgets = new("policy", "poddisruptionbudgets");
    private static readonly Requester Manager = Requester.Controller("disruption-controller");

    /// <summary>Evicts the pod. A rejection is returned; null means the answer was written.</summary>
    public async Task<ApiStatus?> Evict(GatewayRequest request, KindDefinition eviction)
    {
        var (body, refusal) = await WriteHandler.Decode(request, eviction);
        if (refusal is not null) return refusal;
        var (delete, unreadable) = DeleteHandler.Eviction(request, body!);
        if (unreadable is not null) return unreadable;

        // A budget that was made through another member counts, too.
        if (await ReadVersion.Newest.Wait(cache, journal, request.Http.RequestAborted) is { } behind) return behind;
        if (cache.Get(request.Key()) is not { } pod) return ApiStatus.NotFound(request.Key());
        if (await Allow(request, pod, delete!.DryRun) is { } forbidden) return forbidden;
        if (!delete.DryRun)
        {
            var condition = new Condition("DisruptionTarget", "True", "EvictionByEvictionAPI", "Eviction API: evicting");
            var marked = await objects.Send(new PatchObject(pod.Key, new ConditionPatch(condition, Present: true, time.GetUtcNow()), "status", Manager) { Preconditions = new(pod.Uid) });
            if (marked is ObjectRejected { Status: var unmarked }) return unmarked;
        }
        var result = await objects.Send(delete with { Preconditions = delete.Preconditions with { Uid = delete.Preconditions.Uid ?? pod.Uid } });
        request.Tell(result.Notes);
        if (result is ObjectRejected rejected) return rejected.Status;
        await Responses.Bytes(request.Http, """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201}"""u8.ToArray(), code: 201);
        return null;
    }

    private async Task<ApiStatus?> Allow(GatewayRequest request, StoredObject pod, bool dryRun)
    {
        // One that serves nobody is nobody's loss.
        if (pod.Header is { DeletionTimestamp: not null } or { Phase: "Succeeded" or "Failed" or "Pending" or "" }) return null;
        var budgets = cache.List(Budgets, pod.Key.Namespace).Where(budget => BudgetState.Of(budget).Selector.Matches(pod.Header.Labels)).ToArray();
        if (budgets.Length == 0) return null;
        if (budgets.Length > 1) return ApiStatus.InternalError("This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
        var budget = BudgetState.Of(budgets[0]);
        if (!pod.Header.Ready && (budget.UnhealthyAlways || (budget.DesiredHealthy > 0 && budget.CurrentHealthy >= budget.DesiredHealthy))) return null;
        var command = new PatchObject(budgets[0].Key, new DisruptionPatch(pod.Key.Name, time.GetUtcNow()), "status", request.Requester()) { Preconditions = new(budgets[0].Uid), DryRun = dryRun };
        return await objects.Send(command) is ObjectRejected { Status: { Reason: not "NotFound" } status } ? status : null;
    }
}
