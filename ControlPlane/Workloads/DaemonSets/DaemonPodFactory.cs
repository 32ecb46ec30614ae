using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads.ControllerRevisions;
using ControlPlane.Workloads.Patches;
using ControlPlane.Workloads.ReplicaSets;
using Shared.Json;

namespace ControlPlane.Workloads.DaemonSets;

/// <summary>Makes the pods of one DaemonSet: each can run on one node only, where the scheduler puts it.</summary>
internal sealed class DaemonPodFactory(DaemonSetState set, OwnerRef owner, SetRevision revision, IObjectView view, Requester by)
{
    public CreateObject Create(string node)
    {
        var self = set.Stored.Key;
        var name = PodNames.Take(self.Name, set.Stored.Uid + node, view.Revision, 1, taken => view.Get(new("", "pods", self.Namespace, taken)) is not null).Single();
        var template = JsonObject.Create(revision.Template)!.DeepClone().AsObject();
        var (metadata, spec) = (template.DefaultChild("metadata"), template.DefaultChild("spec"));
        metadata["name"] = name;
        metadata["namespace"] = self.Namespace;
        metadata["generateName"] = $"{self.Name}-";
        metadata.DefaultChild("labels")[RevisionHistory.PodLabel] = revision.Hash;
        metadata["ownerReferences"] = new JsonArray(OwnerReferenceJson.Write(owner));
        PinTo(node, spec);
        DaemonTolerations.AddTo(spec, revision.Template.At("spec"));
        var pod = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["metadata"] = metadata.DeepClone(), ["spec"] = spec.DeepClone() };
        return new(new("", "pods", self.Namespace, name), pod, by);
    }

    // What the template requires was looked at when the node was chosen.
    private static void PinTo(string node, JsonObject spec)
    {
        var field = new JsonObject { ["key"] = "metadata.name", ["operator"] = "In", ["values"] = new JsonArray(node) };
        spec.DefaultChild("affinity").DefaultChild("nodeAffinity")["requiredDuringSchedulingIgnoredDuringExecution"] =
            new JsonObject { ["nodeSelectorTerms"] = new JsonArray(new JsonObject { ["matchFields"] = new JsonArray(field) }) };
    }
}
