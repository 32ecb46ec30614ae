using System.Text.Json.Nodes;
using ControlPlane.Networking;
using ControlPlane.Networking.Allocation;
using ControlPlane.Networking.Endpoints;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Admission.Webhooks;

/// <summary>
/// The writes that no webhook is asked about, because with a webhook that never answers they could not be made, and without them nobody could bring it back. What is in it, and why, is told in
/// docs/architecture.md; all else is asked about, whoever writes it.
/// </summary>
internal static class SelfRepair
{
    private const string Masters = "system:masters";
    private const string NodeUser = "system:node:";
    private const string HeartbeatNamespace = "kube-node-lease";

    /// <summary>What a control plane makes sure of whenever it starts: it would not start without.</summary>
    private static readonly HashSet<string> Beginnings =
        ["system:rbac-bootstrap", "system:priority-class-controller", "system:storage-class-controller", "system:api-priority-and-fairness-config-producer", "system:kube-apiserver"];

    /// <summary>Who writes Nodes so that they are known to live or not.</summary>
    private static readonly HashSet<string> NodeKeepers = ["system:node-agent", "system:node-registrar", "system:node-controller"];

    private static readonly HashSet<string> NamespaceKeepers = ["system:namespace-controller"];

    /// <summary>Whether the write is one of them.</summary>
    /// <param name="services">The Services that webhooks stand behind.</param>
    public static bool Needs(PendingWrite write, IReadOnlySet<ObjectKey> services, IObjectView view) =>
        write.Kind.Internal || IsOfAdmission(write.Kind) || KeepsNodes(write) || IsBeginning(write) || IsBehind(write, services, view);

    /// <summary>
    /// Whether the write is none that a policy judges or changes. A policy always answers, so that all it is left out of is what it could never be taken away without: what admission itself is made of, and what a
    /// control plane starts with. What only the control plane knows of is nothing for users' rules.
    /// </summary>
    public static bool NeedsNoPolicies(PendingWrite write) => write.Kind.Internal || IsOfAdmission(write.Kind) || IsBeginning(write);

    // A webhook that could forbid its own removal could not be removed.
    private static bool IsOfAdmission(KindDefinition kind) => kind.Group == "admissionregistration.k8s.io";

    private static bool KeepsNodes(PendingWrite write) => write.Kind switch
    {
        { Group: "", Plural: "nodes" } => write.Subresource == "status" || IsBy(write, NodeKeepers) || write.Command.By.User.StartsWith(NodeUser, StringComparison.Ordinal),
        { Group: "coordination.k8s.io", Plural: "leases" } => write.Command.Key.Namespace == HeartbeatNamespace,
        _ => false,
    };

    private static bool IsBeginning(PendingWrite write) =>
        IsBy(write, Beginnings) || (write.State is null && write.Kind is { Group: "", Plural: "namespaces" } && IsBy(write, NamespaceKeepers));

    private static bool IsBy(PendingWrite write, HashSet<string> parts) => parts.Contains(write.Command.By.User) && write.Command.By.Groups.Contains(Masters);

    private static bool IsBehind(PendingWrite write, IReadOnlySet<ObjectKey> services, IObjectView view)
    {
        if (services.Count == 0) return false;

        // The address that a Service gets is claimed on the way of the Service's own write.
        if (write.Command.Key.GroupResource == ServiceClaim.Addresses)
        {
            return Before(write).Child("spec", "parentRef") is { } parent && services.Contains(ServiceSpec.KeyOf(parent.Text("namespace"), parent.Text("name")));
        }
        foreach (var key in services)
        {
            if (key.Namespace == write.Command.Key.Namespace && IsBehind(write, key, view)) return true;
        }
        return false;
    }

    private static bool IsBehind(PendingWrite write, in ObjectKey service, IObjectView view)
    {
        var key = write.Command.Key;
        switch (key.Group, key.Resource)
        {
            case ("", "services" or "endpoints"):
                return key.Name == service.Name;
            case ("discovery.k8s.io", "endpointslices"):
                return Before(write).Text("metadata", "labels", SliceContent.ServiceNameLabel) == service.Name;
            case ("", "pods"):
                return Selects(service, view, Before(write).TextMap("metadata", "labels"));
            case ("", "replicationcontrollers") or ("apps", "deployments" or "replicasets" or "statefulsets" or "daemonsets"):
                return Selects(service, view, Before(write).TextMap("spec", "template", "metadata", "labels"));
            case ("apps", "controllerrevisions"):
                return Before(write).Objects("metadata", "ownerReferences").FirstOrDefault(owner => owner.Flag("controller") == true) is { } owner
                    && view.Get(new("apps", $"{owner.Text("kind").ToLowerInvariant()}s", key.Namespace, owner.Text("name"))) is { } set
                    && Selects(service, view, set.ToJsonObject().TextMap("spec", "template", "metadata", "labels"));
            case ("", "resourcequotas"):
                // A new pod claims its part of a quota first.
                return write.Subresource == "status";
            default:
                return false;
        }
    }

    // What is there counts: nobody passes by a webhook by the labels that a change brings.
    private static JsonObject Before(PendingWrite write) => write.Current ?? write.Object;

    private static bool Selects(in ObjectKey service, IObjectView view, Dictionary<string, string> labels) =>
        view.Get(service) is { } found && ServiceSpec.Of(found) is { HasSelector: true, Selector: var selector } && selector.Matches(labels);
}
