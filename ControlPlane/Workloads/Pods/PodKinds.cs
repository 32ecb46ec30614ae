using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Workloads.Pods;

/// <summary>Pods, and the Bindings that place them.</summary>
internal static class PodKinds
{
    public static KindDefinition Bindings { get; } = KindOf.Request<V1Binding>("bindings", namespaced: true);

    public static KindDefinition Pods { get; } = KindOf.Namespaced<V1Pod>("po") with
    {
        HasStatus = true,
        Categories = KindOf.All,
        Subresources =
        [
            KindOf.Stream("attach", "PodAttachOptions", "create", "get"),
            KindOf.Sub<V1Binding>("binding", KindOf.CreateOnly),
            KindOf.Sub<V1Pod>("ephemeralcontainers", KindOf.ReadAndWrite),
            KindOf.Sub<V1Eviction>("eviction", KindOf.CreateOnly),
            KindOf.Stream("exec", "PodExecOptions", "create", "get"),
            KindOf.Stream("log", "Pod", "get"),
            KindOf.Stream("portforward", "PodPortForwardOptions", "create", "get"),
            KindOf.Sub<V1Pod>("resize", KindOf.ReadAndWrite),
        ],
        Strategy = new PodStrategy(),
        Behaviour = EntityBehaviour.Of(PodObjectActor.Props) with { Reconciles = false },
        SelectableFields =
        [
            SelectableField.Header("spec.nodeName", pod => pod.Header.NodeName),
            SelectableField.Header("spec.host", pod => pod.Header.NodeName),
            SelectableField.Header("status.phase", pod => pod.Header.Phase),
            SelectableField.At("spec.restartPolicy"),
            SelectableField.At("spec.schedulerName"),
            SelectableField.At("spec.serviceAccountName"),
            SelectableField.At("spec.hostNetwork", "false"),
            SelectableField.At("status.podIP"),
            SelectableField.At("status.podIPs"),
            SelectableField.At("status.nominatedNodeName"),
        ],
        Columns =
        [
            Name,
            Text("Ready", pod => PodStatusText.Of(pod) is var status ? $"{status.Ready}/{status.Total}" : ""),
            Text("Status", pod => PodStatusText.Of(pod).Reason),
            new("Restarts", "string", row => PodStatusText.Of(row.Object).RestartText(row.Now)),
            Age,
            Wide(Field("IP", None, "status", "podIP")),
            Wide(Field("Node", None, "spec", "nodeName")),
            Wide(Field("Nominated Node", None, "status", "nominatedNodeName")),
            Wide(Text("Readiness Gates", ReadinessGates)),
        ],
    };

    private static string ReadinessGates(JsonObject pod)
    {
        var gates = pod.Items("spec", "readinessGates");
        return gates.Count == 0 ? None : $"{gates.Count(gate => Conditions.Holds(pod["status"], gate.Text("conditionType")))}/{gates.Count}";
    }
}
