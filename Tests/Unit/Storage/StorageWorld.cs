using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Storage.Binding;
using Shared.Api;
using Tests.Unit.Workloads;

namespace Tests.Unit.Storage;

/// <summary>Claims and volumes under their controllers, and what schedulers, nodes and users do to them.</summary>
internal static class StorageWorld
{
    private static readonly Requester Node = Requester.Controller("node-agent");

    public static World Make() => new((StorageKeys.Claims, new ClaimReconciler()), (StorageKeys.Volumes, new VolumeReconciler()));

    public static ObjectKey Claim(string name) => StorageKeys.Claim("default", name);

    public static World WithNodes(this World world, params string[] nodes)
    {
        foreach (var node in nodes)
        {
            world.Create(JsonNode.Parse($$$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{{node}}}","labels":{"kubernetes.io/hostname":"{{{node}}}"} } }""")!.AsObject());
        }
        return world;
    }

    public static World WithClass(
        this World world, string name = NodeDirectory.ClassName, string provisioner = NodeDirectory.Driver, bool waits = true, string reclaim = "Delete", bool isDefault = false)
    {
        world.Create(JsonNode.Parse($$$"""
            {"apiVersion":"storage.k8s.io/v1","kind":"StorageClass","metadata":{"name":"{{{name}}}","annotations":{"{{{StorageKeys.DefaultClass}}}":"{{{(isDefault ? "true" : "false")}}}"} },
             "provisioner":"{{{provisioner}}}","reclaimPolicy":"{{{reclaim}}}","volumeBindingMode":"{{{(waits ? "WaitForFirstConsumer" : "Immediate")}}}"}
            """)!.AsObject());
        return world;
    }

    public static StoredObject AddClaim(this World world, string name, string spec = "", string @class = NodeDirectory.ClassName, string mode = "ReadWriteOnce", string size = "1Gi") =>
        world.Create(JsonNode.Parse($$$"""
            {"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"{{{name}}}","namespace":"default","finalizers":["{{{StorageKeys.ClaimProtection}}}"]},
             "spec":{"storageClassName":"{{{@class}}}","accessModes":["{{{mode}}}"],"resources":{"requests":{"storage":"{{{size}}}"} }{{{(spec.Length > 0 ? ", " + spec : "")}}} } }
            """)!.AsObject());

    public static StoredObject AddVolume(this World world, string name, string size = "1Gi", string @class = "manual", string spec = "") =>
        world.Create(JsonNode.Parse($$$"""
            {"apiVersion":"v1","kind":"PersistentVolume","metadata":{"name":"{{{name}}}","finalizers":["{{{NodeDirectory.VolumeProtection}}}"]},
             "spec":{"storageClassName":"{{{@class}}}","accessModes":["ReadWriteOnce"],"capacity":{"storage":"{{{size}}}"},"persistentVolumeReclaimPolicy":"Retain","hostPath":{"path":"/x"}{{{(spec.Length > 0 ? ", " + spec : "")}}} } }
            """)!.AsObject());

    public static StoredObject AddPod(this World world, string name, string claim, string node) => world.Create(JsonNode.Parse($$$"""
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}","namespace":"default"},
         "spec":{"nodeName":"{{{node}}}","containers":[{"name":"c","image":"i"}],"volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"{{{claim}}}"} }] } }
        """)!.AsObject());

    /// <summary>What the scheduler does for the first pod of a claim.</summary>
    public static ObjectResult Select(this World world, ObjectKey claim, string node) =>
        world.Send(new PatchObject(claim, new SelectNodePatch(node, ""), "", Requester.Controller("default-scheduler")));

    /// <summary>What a node does that was told of this version of a volume.</summary>
    public static bool RemoveDirectory(this World world, StoredObject told)
    {
        if (!VolumeState.Of(told).MayBeRemoved) return false;
        world.Send(new PatchObject(told.Key, new StorageReleasePatch(NodeDirectory.DataFinalizer), "", Node) { Preconditions = new(told.Uid) });
        return true;
    }

    public static ClaimState ClaimOf(this World world, string name) => ClaimState.Of(world.Get(Claim(name)));

    public static VolumeState VolumeOf(this World world, string name) => VolumeState.Of(world.Get(StorageKeys.Volume(name)));

    public static string[] Reasons(this World world) => [.. world.Events.Select(told => told.Reason).Distinct()];
}
