using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.StatefulSets;

/// <summary>One of a StatefulSet's <c>volumeClaimTemplates</c>: what each of its pods gets a claim of its own of.</summary>
internal sealed class ClaimTemplate
{
    private static readonly GroupResource Resource = new("", "persistentvolumeclaims");
    private readonly JsonElement _template;

    private ClaimTemplate(JsonElement template) => _template = template;

    /// <summary>The claim's name, and that of the volume that the pods get it as.</summary>
    public string Name => _template.Text("metadata", "name");

    public static IEnumerable<ClaimTemplate> ReadAll(JsonElement spec)
    {
        foreach (var template in spec.Objects("volumeClaimTemplates")) yield return new(template);
    }

    /// <summary>The claim of a pod.</summary>
    public ObjectKey KeyFor(ObjectKey pod) => new(Resource.Group, Resource.Resource, pod.Namespace, $"{Name}-{pod.Name}");

    /// <summary>Makes the claim of a pod.</summary>
    public CreateObject Create(ObjectKey pod, StatefulSetState set, Requester by)
    {
        var key = KeyFor(pod);
        var labels = new JsonObject();
        foreach (var (name, value) in _template.TextMap("metadata", "labels").SetItems(set.MatchLabels)) labels[name] = value;
        var metadata = new JsonObject { ["name"] = key.Name, ["namespace"] = key.Namespace, ["labels"] = labels };
        if (_template.Child("metadata", "annotations") is { } annotations) metadata["annotations"] = JsonObject.Create(annotations);
        var claim = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "PersistentVolumeClaim", ["metadata"] = metadata };
        claim["spec"] = _template.Child("spec") is { } spec ? JsonObject.Create(spec) : new JsonObject();
        return new(key, claim, by);
    }
}
