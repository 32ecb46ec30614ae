using System.Text.Json.Nodes;
using ControlPlane.Autoscaling;
using ControlPlane.Catalogue.Schemas;
using ControlPlane.Journal;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using ControlPlane.Policy.PodDisruptionBudgets;
using ControlPlane.Policy.ResourceQuotas;
using ControlPlane.Workloads.CronJobs;
using ControlPlane.Workloads.DaemonSets;
using ControlPlane.Workloads.Deployments;
using ControlPlane.Workloads.Jobs;
using ControlPlane.Workloads.Namespaces;
using ControlPlane.Workloads.ReplicaSets;
using ControlPlane.Workloads.ReplicationControllers;
using ControlPlane.Workloads.StatefulSets;
using k8s.Models;
using Shared.Api;
using Shared.Json;

namespace Tests.Unit.Workloads;

/// <summary>
/// Objects under the real write rules, a view of them that may lag behind, and the reconcilers run as their actors run them: one at a time per
/// object, commands answered, the view awaited up to the object's own writes.
/// </summary>
internal sealed class World
{
    public static readonly GroupResource Pods = new("", "pods");
    public static readonly GroupResource ReplicaSets = new("apps", "replicasets");
    public static readonly GroupResource Deployments = new("apps", "deployments");
    public static readonly GroupResource StatefulSets = new("apps", "statefulsets");
    public static readonly GroupResource DaemonSets = new("apps", "daemonsets");
    public static readonly GroupResource Budgets = new("policy", "poddisruptionbudgets");
    public static readonly GroupResource Quotas = new("", "resourcequotas");
    public static readonly GroupResource Revisions = new("apps", "controllerrevisions");
    public static readonly GroupResource Claims = new("", "persistentvolumeclaims");
    public static readonly GroupResource Jobs = new("batch", "jobs");
    public static readonly GroupResource CronJobs = new("batch", "cronjobs");
    private static readonly Requester User = new("user", "kubectl", []);
    private readonly Dictionary<ObjectKey, StoredObject> _live = [];
    private readonly Queue<CommittedBatch> _unseen = new();
    private readonly Dictionary<ObjectKey, long> _barriers = [];
    private readonly Dictionary<GroupResource, IReconciler> _reconcilers = new()
    {
        [ReplicaSets] = new ReplicaSetReconciler("apps/v1", "ReplicaSet"),
        [Deployments] = new DeploymentReconciler(),
        [StatefulSets] = new StatefulSetReconciler(),
        [DaemonSets] = new DaemonSetReconciler(),
        [Budgets] = new BudgetReconciler(),
        [Quotas] = new QuotaReconciler(),
        [new("", "replicationcontrollers")] = new ReplicaSetReconciler("v1", "ReplicationController"),
        [Jobs] = new JobReconciler(),
        [CronJobs] = new CronJobReconciler(),
    };

    private readonly Queue<ObjectCommand> _late = new();

    private long _revision;

    public World() { }

    /// <summary>A world with controllers of other kinds, too.</summary>
    public World(params IEnumerable<(GroupResource Resource, IReconciler Reconciler)> more)
    {
        foreach (var (resource, reconciler) in more) _reconcilers[resource] = reconciler;
    }

    public WatchCache View { get; } = new();
    public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public List<EventNote> Events { get; } = [];

    /// <summary>Whether writes stay unseen until <see cref="Show"/> or the writer's own barrier.</summary>
    public bool Lagging { get; set; }

    /// <summary>
    /// Whether who goes on after a crash plans from no earlier than all that was done, as the dispatcher sees to. Most controllers do not need it: they ask for the same again.
    /// </summary>
    public bool ReadsJournal { get; set; }

    /// <summary>Answers a command in place of the object; null lets it pass.</summary>
    public Func<ObjectCommand, ApiStatus?> Refuse { get; set; } = _ => null;

    /// <summary>Hears of every command and its answer.</summary>
    public Action<ObjectCommand, ObjectResult> Heard { get; set; } = (_, _) => { };

    /// <summary>Spoils the plans of a kind's reconciler: what a test must notice.</summary>
    public Func<StoredObject, Plan, Plan> Mutant { get; set; } = (_, plan) => plan;

    public IEnumerable<StoredObject> Live(GroupResource resource) =>
        _live.Values.Where(found => found.Key.GroupResource == resource).OrderBy(found => found.Key.Name, StringComparer.Ordinal).ToArray();

    public IEnumerable<StoredObject> ActivePods => Live(Pods).Where(pod => pod.Header is { DeletionTimestamp: null, Phase: not ("Succeeded" or "Failed") });

    public StoredObject? Find(ObjectKey key) => _live.GetValueOrDefault(key);

    public StoredObject Get(ObjectKey key) => _live[key];

    public JsonObject Tree(ObjectKey key) => _live[key].ToJsonObject();

    public void Pass(TimeSpan time) => Now += time;

    public ObjectResult Send(ObjectCommand command)
    {
        var result = Decide(command);
        Heard(command, result);
        return result;
    }

    private ObjectResult Decide(ObjectCommand command)
    {
        if (Refuse(command) is { } refusal) return new ObjectRejected(command.Key, refusal);
        var state = _live.GetValueOrDefault(command.Key);
        var decision = ObjectDecider.Decide(WorldKinds.Of(command.Key), state, command, Now);
        if (decision.Rejection is { } rejection) return new ObjectRejected(command.Key, rejection);
        if (decision.Event is not { } written) return new ObjectAccepted(decision.Unchanged!, Deleted: false);
        written.Committed(++_revision);
        var stored = written.ToStored();
        if (written.Deleted) _live.Remove(command.Key);
        else _live[command.Key] = stored;
        _unseen.Enqueue(new(_revision, _revision, [new(command.Key.PersistenceId, _revision, 0, written)]));
        if (!Lagging) Show();
        return new ObjectAccepted(stored, written.Deleted);
    }

    public StoredObject Must(ObjectCommand command) =>
        Send(command) is ObjectAccepted accepted ? accepted.Object : throw new InvalidOperationException($"{command} was refused");

    public StoredObject Create(JsonObject @object)
    {
        var resource = WorldKinds.Named((string)@object["kind"]!).GroupResource;
        var metadata = @object.Metadata();
        return Must(new CreateObject(new(resource.Group, resource.Resource, metadata.Text("namespace"), metadata.Text("name")), @object, User));
    }

    public void Patch(ObjectKey key, IObjectPatch patch, string subresource = "") => Must(new PatchObject(key, patch, subresource, User));

    public void Patch(ObjectKey key, string json, string subresource = "") => Patch(key, new FieldPatch(JsonNode.Parse(json)!.AsObject()), subresource);

    public void Delete(ObjectKey key, long? grace = null) => Must(new DeleteObject(key, grace, Propagation.Background, User));

    /// <summary>Lets the view see what was written, up to a revision.</summary>
    public void Show(long to = long.MaxValue)
    {
        while (_unseen.TryPeek(out var next) && next.To <= to) View.Apply(_unseen.Dequeue());
    }

    /// <summary>Lets the view see the next few writes.</summary>
    public void ShowSome(int count) => Show(View.Revision + count);

    /// <summary>The plan the object's reconciler makes now, not carried out.</summary>
    public Plan PlanFor(ObjectKey key)
    {
        // As an actor has it: the feed has passed its own writes and the version it plans from, whoever wrote that.
        Show(Math.Max(_barriers.GetValueOrDefault(key), Get(key).Revision));
        return Mutant(Get(key), _reconcilers[key.GroupResource].Reconcile(Get(key), View, Now));
    }

    /// <summary>
    /// Runs the object's reconciler, which dies after a few of the commands of its plan, in some order. The others are lost, or come late (<see cref="Deliver"/>). Who
    /// goes on knows what the object says and has seen no more than that, not what the commands did, unless it <see cref="ReadsJournal"/>.
    /// </summary>
    public void Crash(ObjectKey key, int after, int order, bool late)
    {
        if (!_live.ContainsKey(key)) return;
        var commands = PlanFor(key).Commands.ToArray();
        new Random(order).Shuffle(commands);
        foreach (var command in commands.Take(after)) Send(command);
        if (late) foreach (var command in commands.Skip(after)) _late.Enqueue(command);
        _barriers[key] = ReadsJournal ? _revision : _live.TryGetValue(key, out var self) ? self.Revision : 0;
    }

    /// <summary>Delivers a command of a reconciler that died.</summary>
    public void Deliver()
    {
        if (_late.TryDequeue(out var command)) Send(command);
    }

    /// <summary>As <see cref="Deliver"/>, all of them.</summary>
    public void DeliverAll()
    {
        while (_late.Count > 0) Deliver();
    }

    /// <summary>Runs the object's reconciler once.</summary>
    public Plan Reconcile(ObjectKey key)
    {
        if (!_live.ContainsKey(key)) return Plan.Nothing;
        var plan = PlanFor(key);
        var outcomes = plan.Commands.Select(command => new CommandOutcome(command, Answer(key, command))).ToArray();
        Events.AddRange(plan.Events);
        if (!_live.TryGetValue(key, out var self) || _reconcilers[key.GroupResource] is not IOutcomeReporter reporter) return plan;
        var report = reporter.Report(self, outcomes, Now);
        Events.AddRange(report.Events);
        foreach (var command in report.Commands) Answer(key, command);
        return plan;
    }

    /// <summary>Makes the object's plan and carries out just the first few of its commands: then the process is gone.</summary>
    public void ReconcileAndCrash(ObjectKey key, int commands)
    {
        if (!_live.ContainsKey(key)) return;
        foreach (var command in PlanFor(key).Commands.Take(commands)) Send(command);
        _barriers[key] = _revision;
    }

    /// <summary>Runs all reconcilers, with a view in step, until no plan asks for anything.</summary>
    public void Settle()
    {
        for (var round = 0; round < 500; round++)
        {
            Show();
            var busy = false;
            foreach (var target in _reconcilers.Keys.SelectMany(Live))
            {
                busy |= Reconcile(target.Key).Commands.Length > 0;
                Show();
            }
            if (!busy) return;
        }
        throw new InvalidOperationException("The reconcilers never came to rest.");
    }

    private ApiStatus? Answer(ObjectKey by, ObjectCommand command)
    {
        var result = Send(command);
        if (result is ObjectAccepted accepted) _barriers[by] = Math.Max(_barriers.GetValueOrDefault(by), accepted.Object.Revision);
        return (result as ObjectRejected)?.Status;
    }
}

/// <summary>The kinds of the world, with just what the write rules need.</summary>
internal static class WorldKinds
{
    private static readonly KindDefinition[] All =
    [
        Kind<V1Pod>("", "v1", "Pod", "pods") with { HasStatus = true, Strategy = new Graceful() },
        Kind<V1ReplicaSet>("apps", "v1", "ReplicaSet", "replicasets") with { HasStatus = true, Strategy = new ReplicaSetStrategy() },
        Kind<V1Deployment>("apps", "v1", "Deployment", "deployments") with { HasStatus = true, HasScale = true, Strategy = new DeploymentStrategy() },
        Kind<V1StatefulSet>("apps", "v1", "StatefulSet", "statefulsets") with { HasStatus = true, Strategy = new StatefulSetStrategy() },
        Kind<V1DaemonSet>("apps", "v1", "DaemonSet", "daemonsets") with { HasStatus = true, Strategy = new DaemonSetStrategy() },
        Kind<V1PodDisruptionBudget>("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets") with { HasStatus = true, Strategy = new PodDisruptionBudgetStrategy() },
        Kind<V1ResourceQuota>("", "v1", "ResourceQuota", "resourcequotas") with { HasStatus = true },
        Kind<V1ReplicationController>("", "v1", "ReplicationController", "replicationcontrollers") with { HasStatus = true, Strategy = new ReplicationControllerStrategy() },
        Kind<V2HorizontalPodAutoscaler>("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers") with { HasStatus = true, Strategy = new HorizontalPodAutoscalerStrategy() },
        Kind<V1ControllerRevision>("apps", "v1", "ControllerRevision", "controllerrevisions"),
        Kind<V1PersistentVolumeClaim>("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims") with { HasStatus = true },
        Kind<V1Job>("batch", "v1", "Job", "jobs") with { HasStatus = true, Strategy = new JobStrategy() },
        Kind<V1CronJob>("batch", "v1", "CronJob", "cronjobs") with { HasStatus = true, Strategy = new CronJobStrategy() },
        Kind<V1PersistentVolume>("", "v1", "PersistentVolume", "persistentvolumes") with { Namespaced = false, HasStatus = true },
        Kind<V1StorageClass>("storage.k8s.io", "v1", "StorageClass", "storageclasses") with { Namespaced = false },
        Kind<V1ConfigMap>("", "v1", "ConfigMap", "configmaps"),
        Kind<V1ServiceAccount>("", "v1", "ServiceAccount", "serviceaccounts"),
        Kind<Corev1Event>("", "v1", "Event", "events"),
        Kind<V1Namespace>("", "v1", "Namespace", "namespaces") with { Namespaced = false, HasStatus = true, Strategy = new NamespaceStrategy() },
        Kind<V1Node>("", "v1", "Node", "nodes") with { Namespaced = false, HasStatus = true },
    ];

    public static KindDefinition Of(ObjectKey key) => All.Single(kind => kind.GroupResource == key.GroupResource);

    public static KindDefinition Named(string kind) => All.Single(found => found.Kind == kind);

    public static IReadOnlyList<KindDefinition> Namespaced => [.. All.Where(kind => kind.Namespaced)];

    private static KindDefinition Kind<T>(string group, string version, string kind, string plural) =>
        new() { Group = group, Version = version, Kind = kind, Plural = plural, Namespaced = true, Schema = ModelSchemas.Of<T>() };

    private sealed class Graceful : KindStrategy
    {
        public override long GraceSeconds(JsonObject current, long? requested) => requested ?? 30;
    }
}
