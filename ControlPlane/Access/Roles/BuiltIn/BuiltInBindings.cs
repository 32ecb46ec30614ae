using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace ControlPlane.Access.Roles.BuiltIn;

/// <summary>A binding that every cluster has: of the role of the same scope.</summary>
/// <param name="Namespace">Empty for a ClusterRoleBinding.</param>
internal sealed record BuiltInBinding(string Name, string Role, ImmutableArray<JsonObject> Subjects, string Namespace = "");

/// <summary>Kubernetes' bindings of <see cref="BuiltInRoles"/>.</summary>
internal static class BuiltInBindings
{
    private const string Group = "rbac.authorization.k8s.io";
    private const string System = "kube-system";

    public static ImmutableArray<BuiltInBinding> All { get; } =
    [
        new("cluster-admin", "cluster-admin", [OfGroup(UserInfo.Masters)]),
        new("system:basic-user", "system:basic-user", [OfGroup(UserInfo.Authenticated)]),
        new("system:discovery", "system:discovery", [OfGroup(UserInfo.Authenticated)]),
        new("system:public-info-viewer", "system:public-info-viewer", [OfGroup(UserInfo.Authenticated), OfGroup(UserInfo.Unauthenticated)]),
        new("system:monitoring", "system:monitoring", [OfGroup("system:monitoring")]),
        new("system:service-account-issuer-discovery", "system:service-account-issuer-discovery", [OfGroup("system:serviceaccounts")]),
        new("system:kube-dns", "system:kube-dns", [Account("kube-dns")]),
        new("system:node-proxier", "system:node-proxier", [OfUser("system:kube-proxy")]),
        new("system:volume-scheduler", "system:volume-scheduler", [OfUser("system:kube-scheduler")]),
        new("system::extension-apiserver-authentication-reader", "extension-apiserver-authentication-reader", [OfUser("system:kube-controller-manager"), OfUser("system:kube-scheduler")], System),
    ];

    private static JsonObject OfGroup(string name) => Subject("Group", name);

    private static JsonObject OfUser(string name) => Subject("User", name);

    private static JsonObject Account(string name) => new() { ["kind"] = "ServiceAccount", ["name"] = name, ["namespace"] = System };

    private static JsonObject Subject(string kind, string name) => new() { ["apiGroup"] = Group, ["kind"] = kind, ["name"] = name };
}
