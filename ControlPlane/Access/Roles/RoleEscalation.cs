using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Access.Roles;

/// <summary>
/// Nobody gives what they have not: who writes a role needs all that it allows, or the verb <c>escalate</c> on it; who writes a binding needs all that its role allows, or the verb
/// <c>bind</c> on that. Kubernetes' rules, held here for every write, whoever sends it.
/// </summary>
public sealed class RoleEscalation(IObjectView view, IAuthorizer authorizer) : IAdmissionStep
{
    private const string Group = "rbac.authorization.k8s.io";

    /// <inheritdoc/>
    public string Name => nameof(RoleEscalation);

    /// <inheritdoc/>
    public AdmissionPhase Phase => AdmissionPhase.Validating;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) =>
        write.Kind.Group == Group && write.Operation is not WriteOperation.Delete && !write.Command.By.Groups.Contains(UserInfo.Masters);

    /// <inheritdoc/>
    public ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop)
    {
        var binding = write.Kind.Plural is "rolebindings" or "clusterrolebindings";
        return new(binding ? Binding(write) : Role(write));
    }

    private AdmissionOutcome Role(PendingWrite write)
    {
        var key = write.Command.Key;
        if (Same(write, "rules") && Same(write, "aggregationRule")) return default;
        var user = User(write);
        if (May(user, "escalate", key)) return default;
        var missing = Missing(user, key.Namespace, Rules(write.Object));
        if (!missing.IsEmpty) return Refusal(write, missing);
        if (write.Object.Has("aggregationRule") && !Missing(user, "", PolicyRule.Everything).IsEmpty) return Forbidden(write, "must have cluster-admin privileges to use an aggregationRule");
        return default;
    }

    private AdmissionOutcome Binding(PendingWrite write)
    {
        var place = write.Command.Key.Namespace;
        if (Same(write, "roleRef") && Same(write, "subjects")) return default;
        var (user, reference) = (User(write), write.Object.Child("roleRef"));
        var role = RoleGrants.RoleOf(reference.Text("kind"), reference.Text("name"), place);

        // A cluster role that is bound in a namespace may be bound by who may bind it there.
        if (May(user, "bind", role, place)) return default;
        if (view.Get(role) is not { } found) return ApiStatus.NotFound(role);
        var missing = Missing(user, place, RoleState.Of(found).Rules);
        return missing.IsEmpty ? default(AdmissionOutcome) : Refusal(write, missing);
    }

    private bool May(UserInfo user, string verb, ObjectKey role, string @namespace = "") => authorizer.Judge(user, new()
    {
        Path = "",
        Verb = verb,
        Group = role.Group,
        Version = "*",
        Resource = role.Resource,
        Name = role.Name,
        Namespace = @namespace.Length > 0 ? @namespace : role.Namespace,
    }).Allowed;

    private ImmutableArray<PolicyRule> Missing(UserInfo user, string @namespace, IReadOnlyCollection<PolicyRule> wanted)
    {
        PolicyRule[] held = [.. authorizer.RulesOf(user, @namespace)];
        return [.. wanted.Where(rule => !rule.IsCoveredBy(held))];
    }

    private static PolicyRule[] Rules(JsonObject role) => [.. role.Objects("rules").Select(rule => PolicyRule.Read(ObjectLimits.ParseElement(ObjectJson.ToUtf8(rule))))];

    private static bool Same(PendingWrite write, string member) => write.State is not null && JsonNode.DeepEquals(write.Current![member], write.Object[member]);

    private static UserInfo User(PendingWrite write) => UserInfo.Of(write.Command.By);

    private static ApiStatus Refusal(PendingWrite write, ImmutableArray<PolicyRule> missing)
    {
        var user = User(write);
        var groups = string.Join(' ', user.Groups.Select(group => $"\"{group}\""));
        return Forbidden(write, $"user \"{user.Name}\" (groups=[{groups}]) is attempting to grant RBAC permissions not currently held:\n{string.Join('\n', missing)}");
    }

    private static ApiStatus Forbidden(PendingWrite write, string why)
    {
        var key = write.Command.Key;
        return ApiStatus.Forbidden($"{key.GroupResource} \"{key.Name}\" is forbidden: {why}") with { Name = key.Name, Group = key.Group, Kind = key.Resource };
    }
}
