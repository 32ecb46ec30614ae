using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Access.Roles.BuiltIn;

/// <summary>
/// Brings the built-in roles and bindings into being at every start, as Kubernetes does: what is missing is created; to what is there, missing rules and subjects are added and nothing
/// is taken away; and what carries <c>rbac.authorization.kubernetes.io/autoupdate: "false"</c> is left alone.
/// </summary>
internal static class BuiltInAccess
{
    private const string Group = "rbac.authorization.k8s.io";
    private const string AutoUpdate = "rbac.authorization.kubernetes.io/autoupdate";

    private static readonly Requester By = Requester.Controller("rbac-bootstrap");

    /// <summary>The commands that make of what a view shows what should be; none once it is so.</summary>
    public static IEnumerable<ObjectCommand> Missing(IObjectView view) =>
        BuiltInRoles.All.Select(role => Role(role, view)).Concat(BuiltInBindings.All.Select(binding => Binding(binding, view))).OfType<ObjectCommand>();

    private static ObjectCommand? Role(BuiltInRole role, IObjectView view)
    {
        var key = new ObjectKey(Group, role.Namespace.Length > 0 ? "roles" : "clusterroles", role.Namespace, role.Name);
        if (view.Get(key) is { } found)
        {
            if (IsKept(found) || role.Aggregates.Length > 0) return null;
            var held = RoleState.Of(found).Rules;
            PolicyRule[] missing = [.. role.Rules.Where(rule => !rule.IsCoveredBy(held))];
            return missing.Length == 0 ? null : Change(found, "rules", new([.. held.Concat(missing).Select(rule => (JsonNode)rule.ToJson())]));
        }
        var made = Meta(key, role.Namespace.Length > 0 ? "Role" : "ClusterRole");
        foreach (var (label, value) in role.Labels) made.Metadata().DefaultChild("labels")[label] = value;
        if (role.Aggregates.Length > 0)
        {
            made["aggregationRule"] = new JsonObject { ["clusterRoleSelectors"] = new JsonArray(new JsonObject { ["matchLabels"] = new JsonObject { [role.Aggregates] = "true" } }) };
        }
        made["rules"] = new JsonArray([.. role.Rules.Select(rule => (JsonNode)rule.ToJson())]);
        return new CreateObject(key, made, By);
    }

    private static ObjectCommand? Binding(BuiltInBinding binding, IObjectView view)
    {
        var inNamespace = binding.Namespace.Length > 0;
        var key = new ObjectKey(Group, inNamespace ? "rolebindings" : "clusterrolebindings", binding.Namespace, binding.Name);
        if (view.Get(key) is { } found)
        {
            if (IsKept(found)) return null;
            var held = found.ToJsonObject().Items("subjects");
            JsonObject[] missing = [.. binding.Subjects.Where(subject => !held.Any(there => JsonNode.DeepEquals(there, subject)))];
            return missing.Length == 0 ? null : Change(found, "subjects", new([.. held.Concat(missing).Select(subject => subject?.DeepClone())]));
        }
        var made = Meta(key, inNamespace ? "RoleBinding" : "ClusterRoleBinding");
        made["roleRef"] = new JsonObject { ["apiGroup"] = Group, ["kind"] = inNamespace ? "Role" : "ClusterRole", ["name"] = binding.Role };
        made["subjects"] = new JsonArray([.. binding.Subjects.Select(subject => subject.DeepClone())]);
        return new CreateObject(key, made, By);
    }

    private static bool IsKept(StoredObject found) => ObjectLimits.ParseElement(found.Json).Text("metadata", "annotations", AutoUpdate) == "false";

    private static PatchObject Change(StoredObject found, string member, JsonArray value) =>
        new(found.Key, new FieldPatch(new JsonObject { [member] = value }), "", By) { Preconditions = new(found.Uid, found.Revision) };

    private static JsonObject Meta(ObjectKey key, string kind)
    {
        var metadata = new JsonObject
        {
            ["name"] = key.Name,
            ["annotations"] = new JsonObject { [AutoUpdate] = "true" },
            ["labels"] = new JsonObject { ["kubernetes.io/bootstrapping"] = "rbac-defaults" },
        };
        if (key.Namespace.Length > 0) metadata["namespace"] = key.Namespace;
        return new() { ["apiVersion"] = $"{Group}/v1", ["kind"] = kind, ["metadata"] = metadata };
    }
}
