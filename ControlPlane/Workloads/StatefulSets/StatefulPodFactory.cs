using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using ControlPlane.Workloads.ControllerRevisions;
using ControlPlane.Workloads.Patches;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.StatefulSets;

/// <summary>Makes the pods of one StatefulSet: each has a name, a host name and claims of its own, which its successor gets too.</summary>
internal sealed class StatefulPodFactory(StatefulSetState set, OwnerRef owner, Requester by)
{
    /// <summary>The pod of an ordinal.</summary>
    public ObjectKey KeyOf(int ordinal) => new("", "pods", set.Stored.Key.Namespace, StatefulPod.NameOf(set.Name, ordinal));

    public CreateObject Create(int ordinal, SetRevision revision)
    {
        var key = KeyOf(ordinal);
        var template = JsonObject.Create(revision.Template)!.DeepClone().AsObject();
        var (metadata, spec) = (template.DefaultChild("metadata"), template.DefaultChild("spec"));
        metadata["name"] = key.Name;
        metadata["namespace"] = key.Namespace;
        metadata["generateName"] = $"{set.Name}-";
        var labels = metadata.DefaultChild("labels");
        labels[StatefulPod.NameLabel] = key.Name;
        labels[StatefulPod.IndexLabel] = ordinal.ToString(CultureInfo.InvariantCulture);
        labels[RevisionHistory.PodLabel] = revision.Name;
        metadata["ownerReferences"] = new JsonArray(OwnerReferenceJson.Write(owner));
        spec["hostname"] = key.Name;
        if (set.ServiceName.Length > 0) spec["subdomain"] = set.ServiceName;
        if (set.Claims.Length > 0) AddVolumes(spec, key);
        var pod = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod" };
        foreach (var part in new[] { "metadata", "spec" })
        {
            var made = template[part];
            template.Remove(part);
            pod[part] = made;
        }
        return new(key, pod, by);
    }

    /// <summary>The labels of a pod that was not made here.</summary>
    public PatchObject Identify(StatefulPod pod)
    {
        var labels = new JsonObject { [StatefulPod.NameLabel] = pod.Stored.Key.Name, [StatefulPod.IndexLabel] = pod.Ordinal.ToString(CultureInfo.InvariantCulture) };
        return new(pod.Stored.Key, new FieldPatch(new JsonObject { ["metadata"] = new JsonObject { ["labels"] = labels } }), "", by) { Preconditions = new(pod.Stored.Uid) };
    }

    // A claim takes the place of the template's volume of its name.
    private void AddVolumes(JsonObject spec, ObjectKey pod)
    {
        var volumes = spec.DefaultList("volumes");
        volumes.RemoveAll(volume => set.Claims.Any(claim => claim.Name == (volume as JsonObject).Text("name")));
        foreach (var claim in set.Claims)
        {
            volumes.Add(new JsonObject { ["name"] = claim.Name, ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = claim.KeyFor(pod).Name } });
        }
    }
}
