using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;

namespace ControlPlane.Access.Roles.Aggregation;

/// <summary>Gives a ClusterRole with an <c>aggregationRule</c> the rules of all those its selectors match, in the order of their names; what somebody wrote into it is replaced.</summary>
public sealed class ClusterRoleReconciler : IReconciler
{
    private static readonly Requester By = Requester.Controller("clusterrole-aggregation-controller");

    /// <inheritdoc/>
    public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        var state = RoleState.Of(self);
        if (state.Aggregates.IsEmpty || self.Header.DeletionTimestamp is not null) return Plan.Nothing;
        PolicyRule[] wanted =
        [
            .. view.List(self.Key.GroupResource).Objects
                .Where(role => role.Key != self.Key && state.Aggregates.Any(selector => selector.Matches(role.Header.Labels)))
                .SelectMany(role => RoleState.Of(role).Rules).Distinct(),
        ];
        if (wanted.SequenceEqual(state.Rules)) return Plan.Nothing;
        var rules = new JsonArray([.. wanted.Select(rule => (JsonNode)rule.ToJson())]);
        return new() { Commands = [new PatchObject(self.Key, new FieldPatch(new JsonObject { ["rules"] = rules }), "", By) { Preconditions = new(self.Uid) }] };
    }
}
