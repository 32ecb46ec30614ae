using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Access.Roles.Aggregation;
using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Access.Roles;

/// <summary>Roles and their bindings, for the cluster and in namespaces.</summary>
internal static class RbacKinds
{
    private static readonly ImmutableArray<PrinterColumn> BindingColumns =
    [
        Name,
        Text("Role", binding => $"{binding.Text("roleRef", "kind")}/{binding.Text("roleRef", "name")}"),
        Age,
        Wide(Text("Users", binding => Subjects(binding, "User"))),
        Wide(Text("Groups", binding => Subjects(binding, "Group"))),
        Wide(Text("ServiceAccounts", binding => Subjects(binding, "ServiceAccount"))),
    ];

    public static ImmutableArray<KindDefinition> Definitions { get; } =
    [
        Binding(KindOf.Cluster<V1ClusterRoleBinding>(), clusterWide: true),
        Role(KindOf.Cluster<V1ClusterRole>(), clusterWide: true) with { Behaviour = EntityBehaviour.Of(ClusterRoleActor.Props) with { WakeRules = [new AggregationWakeRule()] } },
        Binding(KindOf.Namespaced<V1RoleBinding>(), clusterWide: false),
        Role(KindOf.Namespaced<V1Role>(), clusterWide: false),
    ];

    private static KindDefinition Role(KindDefinition kind, bool clusterWide) => kind with { Strategy = new RoleStrategy(clusterWide), Columns = [Name, CreatedAt] };

    private static KindDefinition Binding(KindDefinition kind, bool clusterWide) => kind with
    {
        Rules = [FieldRule.Immutable("roleRef", "cannot change roleRef")],
        Strategy = new RoleBindingStrategy(clusterWide),
        Columns = BindingColumns,
    };

    private static string Subjects(JsonObject binding, string kind) => string.Join(", ", binding.Items("subjects")
        .Where(subject => subject.Text("kind") == kind)
        .Select(subject => kind == "ServiceAccount" ? $"{subject.Text("namespace")}/{subject.Text("name")}" : subject.Text("name")));
}
