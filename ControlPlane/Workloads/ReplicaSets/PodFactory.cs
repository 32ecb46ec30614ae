using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads.Patches;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.ReplicaSets;

/// <summary>
/// Makes the pods of one ReplicaSet. The template's parts are elements of the set's own JSON, so that a pod costs a few small nodes however
/// large its spec is.
/// </summary>
internal sealed class PodFactory(StoredObject set, OwnerRef owner, JsonElement template)
{
    private readonly JsonElement _spec = template.At("spec");
    private readonly JsonElement _labels = template.At("metadata").At("labels");
    private readonly JsonElement _annotations = template.At("metadata").At("annotations");
    private readonly JsonElement _finalizers = template.At("metadata").At("finalizers");

    public CreateObject Create(string name, Requester by)
    {
        var metadata = new JsonObject { ["name"] = name, ["generateName"] = $"{set.Key.Name}-", ["namespace"] = set.Key.Namespace };
        if (_labels.ValueKind == JsonValueKind.Object) metadata["labels"] = JsonObject.Create(_labels);
        if (_annotations.ValueKind == JsonValueKind.Object) metadata["annotations"] = JsonObject.Create(_annotations);
        if (_finalizers.ValueKind == JsonValueKind.Array) metadata["finalizers"] = JsonArray.Create(_finalizers);
        metadata["ownerReferences"] = new JsonArray(OwnerReferenceJson.Write(owner));
        var pod = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["metadata"] = metadata };
        pod["spec"] = _spec.ValueKind == JsonValueKind.Object ? JsonObject.Create(_spec) : new JsonObject();
        return new(new ObjectKey("", "pods", set.Key.Namespace, name), pod, by);
    }
}
