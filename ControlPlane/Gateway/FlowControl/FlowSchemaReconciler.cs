using System.Text.Json.Nodes;
using Akka.Actor;
using ControlPlane.Entities;
using ControlPlane.Objects;
using ControlPlane.Workloads;
using Shared.Api;

namespace ControlPlane.Gateway.FlowControl;

/// <summary>Tells in the status of a FlowSchema whether its priority level is missing.</summary>
internal sealed class FlowSchemaReconciler : IReconciler
{
    private static readonly Requester By = Requester.Controller("api-priority-and-fairness-config-consumer");

    /// <inheritdoc/>
    public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        if (self.Header.DeletionTimestamp is not null) return Plan.Nothing;
        var schema = FlowSchema.Of(self);
        var there = view.Get(new ObjectKey(PriorityLevel.Resource.Group, PriorityLevel.Resource.Resource, "", schema.Level)) is not null || BuiltInFlows.MandatoryLevels.Any(level => level.Name == schema.Level);
        var subject = $"This FlowSchema references the PriorityLevelConfiguration object named \"{schema.Level}\"";
        var condition = there
            ? Condition.Of("Dangling", false, "Found", $"{subject} and it exists")
            : Condition.Of("Dangling", true, "NotFound", $"{subject} but there is no such object");
        var status = new JsonObject { ["conditions"] = Conditions.Read(schema.Status).WithNews(condition, now).ToJson() };
        return StatusChange.From(self, schema.Status, status, By) is { } change ? Plan.Nothing with { Commands = [change with { Preconditions = new(self.Uid, self.Revision) }] } : Plan.Nothing;
    }
}

/// <summary>A FlowSchema, which is its own controller: see <see cref="FlowSchemaReconciler"/>.</summary>
internal sealed class FlowSchemaActor(ObjectKey key, ObjectServices services) : ReconcilingActor(key, services, Reconciler)
{
    private static readonly FlowSchemaReconciler Reconciler = new();

    public static new Props Props(ObjectKey key, ObjectServices services) => Akka.Actor.Props.Create(() => new FlowSchemaActor(key, services));
}

/// <summary>A priority level that comes or goes wakes the flow schemas that name it.</summary>
internal sealed class FlowSchemaWakeRule : IWakeRule
{
    /// <inheritdoc/>
    public void Wake(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys)
    {
        if (change.Object.Key.GroupResource != PriorityLevel.Resource || (change.Previous is not null && !change.Deleted)) return;
        foreach (var schema in view.List(FlowSchema.Resource).Objects)
        {
            if (FlowSchema.Of(schema).Level == change.Object.Key.Name) keys.Add(schema.Key);
        }
    }
}
