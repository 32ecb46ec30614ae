using System.Collections.Immutable;

namespace ControlPlane.Access.Roles.BuiltIn;

/// <summary>A role that every cluster has.</summary>
/// <param name="Namespace">Empty for a ClusterRole.</param>
internal sealed record BuiltInRole(string Name, ImmutableArray<PolicyRule> Rules, string Namespace = "")
{
    public ImmutableArray<(string Key, string Value)> Labels { get; init; } = [];

    /// <summary>The label whose carriers the role is made of; empty for one with rules of its own.</summary>
    public string Aggregates { get; init; } = "";
}

/// <summary>
/// The roles of Kubernetes that users, charts and add-ons refer to, with its names and rules (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings).
/// Those of kube-controller-manager's single controllers are not among them: here nothing runs as such a user.
/// </summary>
internal static class BuiltInRoles
{
    private const string ToAdmin = "rbac.authorization.k8s.io/aggregate-to-admin";
    private const string ToEdit = "rbac.authorization.k8s.io/aggregate-to-edit";
    private const string ToView = "rbac.authorization.k8s.io/aggregate-to-view";
    private const string Certificates = "certificates.k8s.io";

    // Who works in a namespace sees what images it may use; who administers it says so.
    private const string OwnPolicies = "policy.actors.dev";
    private const string Read = "get list watch";
    private const string Write = "create delete deletecollection patch update";
    private const string Health = "/healthz /livez /readyz";

    public static ImmutableArray<BuiltInRole> All { get; } =
    [
        new("cluster-admin", PolicyRule.Everything),
        new("system:discovery", [Urls("get", $"/api /api/* /apis /apis/* {Health} /openapi /openapi/* /version /version/")]),
        new("system:public-info-viewer", [Urls("get", $"{Health} /version /version/")]),
        new("system:monitoring", [Urls("get", "/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*")]),
        new("system:service-account-issuer-discovery", [Urls("get", "/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/")]),
        new("system:basic-user", [On("create", "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"), On("create", "authentication.k8s.io", "selfsubjectreviews")]),
        new("admin", []) { Aggregates = ToAdmin },
        new("edit", []) { Aggregates = ToEdit, Labels = [(ToAdmin, "true")] },
        new("view", []) { Aggregates = ToView, Labels = [(ToEdit, "true")] },
        new("system:aggregate-to-admin", ToAdminRules) { Labels = [(ToAdmin, "true")] },
        new("system:aggregate-to-edit", ToEditRules) { Labels = [(ToEdit, "true")] },
        new("system:aggregate-to-view", ToViewRules) { Labels = [(ToView, "true")] },
        new("system:aggregated-metrics-reader", [On(Read, "metrics.k8s.io", "nodes pods")]) { Labels = [(ToAdmin, "true"), (ToEdit, "true"), (ToView, "true")] },
        new("system:auth-delegator", [On("create", "authentication.k8s.io", "tokenreviews"), On("create", "authorization.k8s.io", "subjectaccessreviews")]),
        new("system:heapster", [On(Read, "", "events namespaces nodes pods"), On(Read, "extensions", "deployments")]),
        new("system:kube-aggregator", [On(Read, "", "endpoints services"), On(Read, "discovery.k8s.io", "endpointslices")]),
        new("system:kube-dns", [On("list watch", "", "endpoints services"), On("list watch", "discovery.k8s.io", "endpointslices")]),
        new("system:kubelet-api-admin", [On("get list watch", "", "nodes"), On("proxy", "", "nodes"), On("*", "", "nodes/configz nodes/healthz nodes/log nodes/metrics nodes/pods nodes/proxy nodes/stats")]),
        new("system:node-bootstrapper", [On("create get list watch", Certificates, "certificatesigningrequests")]),
        new("system:node-problem-detector", [On("get", "", "nodes"), On("patch", "", "nodes/status"), Events]),
        new("system:node-proxier", [On("list watch", "", "endpoints services"), On("get list watch", "", "nodes"), On("list watch", "discovery.k8s.io", "endpointslices"), On("list watch", "networking.k8s.io", "servicecidrs"), Events]),
        new("system:persistent-volume-provisioner",
        [
            On("create delete get list watch", "", "persistentvolumes"), On("get list update watch", "", "persistentvolumeclaims"), On(Read, "storage.k8s.io", "storageclasses"), On(Read, "", "events"), Events,
        ]),
        new("system:volume-scheduler", [On("get list patch update watch", "", "persistentvolumes persistentvolumeclaims"), On(Read, "storage.k8s.io", "storageclasses")]),
        new("system:certificates.k8s.io:certificatesigningrequests:nodeclient", [On("create", Certificates, "certificatesigningrequests/nodeclient")]),
        new("system:certificates.k8s.io:certificatesigningrequests:selfnodeclient", [On("create", Certificates, "certificatesigningrequests/selfnodeclient")]),
        Approver("kube-apiserver-client"),
        Approver("kube-apiserver-client-kubelet"),
        Approver("kubelet-serving"),
        Approver("legacy-unknown"),
        new("extension-apiserver-authentication-reader", [On(Read, "", "configmaps") with { Names = ["extension-apiserver-authentication"] }], "kube-system"),
    ];

    private static ImmutableArray<PolicyRule> ToAdminRules =>
    [
        On("create", "authorization.k8s.io", "localsubjectaccessreviews"),
        On($"{Read} {Write}", "rbac.authorization.k8s.io", "rolebindings roles"),
        On(Write, OwnPolicies, "imagepolicies"),
    ];

    private static ImmutableArray<PolicyRule> ToEditRules =>
    [
        On(Read, "", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy"),
        On("impersonate", "", "serviceaccounts"),
        On(Write, "", "pods pods/attach pods/exec pods/portforward pods/proxy"),
        On("create", "", "pods/eviction"),
        On(Write, "", "configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy"),
        On("create", "", "serviceaccounts/token"),
        On(Write, "apps", "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale"),
        On(Write, "autoscaling", "horizontalpodautoscalers"),
        On(Write, "batch", "cronjobs jobs"),
        On(Write, "policy", "poddisruptionbudgets"),
        On(Write, "networking.k8s.io", "ingresses networkpolicies"),
        On($"{Read} {Write}", "coordination.k8s.io", "leases"),
    ];

    private static ImmutableArray<PolicyRule> ToViewRules =>
    [
        On(Read, "", "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status"),
        On(Read, "", "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status"),
        On(Read, "", "namespaces"),
        On(Read, "discovery.k8s.io", "endpointslices"),
        On(Read, "apps", "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status"),
        On(Read, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
        On(Read, "batch", "cronjobs cronjobs/status jobs jobs/status"),
        On(Read, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
        On(Read, "networking.k8s.io", "ingresses ingresses/status networkpolicies"),
        On(Read, OwnPolicies, "imagepolicies"),
    ];

    private static PolicyRule Events => new() { Verbs = ["create", "patch", "update"], Groups = ["", "events.k8s.io"], Resources = ["events"] };

    private static BuiltInRole Approver(string signer) =>
        new($"system:certificates.k8s.io:{signer}-approver", [On("approve", Certificates, "signers") with { Names = [$"kubernetes.io/{signer}"] }]);

    private static PolicyRule On(string verbs, string group, string resources) => new() { Verbs = [.. verbs.Split(' ')], Groups = [group], Resources = [.. resources.Split(' ')] };

    private static PolicyRule Urls(string verbs, string urls) => new() { Verbs = [.. verbs.Split(' ')], Urls = [.. urls.Split(' ')] };
}
