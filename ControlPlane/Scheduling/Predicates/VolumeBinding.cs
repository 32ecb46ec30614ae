using ControlPlane.Scheduling.Volumes;
using ControlPlane.Storage.Binding;

namespace ControlPlane.Scheduling.Predicates;

/// <summary>
/// A pod with claims runs where their volumes are, or, of those that wait for their first pod, where one can be made or is free. One whose claims are not there or wait for
/// something else runs nowhere; nor does a second pod of a claim that is for one pod alone.
/// </summary>
public sealed class VolumeBinding : IPredicate
{
    public string Name => "VolumeBinding";

    public ClusterChanges HelpedFromElsewhereBy => ClusterChanges.StorageChanged;

    public IPreparedPredicate? Prepare(PodDemand pod, ClusterLayout layout)
    {
        if (pod.Claims.IsEmpty) return null;
        var bound = new List<VolumeState>();
        var waiting = new List<ClaimState>();
        foreach (var name in pod.Claims)
        {
            if (Refusal(pod, name, layout, out var claim) is { } refusal) return new Refused(refusal);
            if (!claim!.IsBound) waiting.Add(claim);
            else bound.Add(layout.Storage.Volume(claim.VolumeName)!);
        }
        return new Prepared(bound, waiting, layout.Storage);
    }

    private static string? Refusal(PodDemand pod, string name, ClusterLayout layout, out ClaimState? claim)
    {
        claim = layout.Storage.Claim(pod, name);
        if (claim is null) return $"persistentvolumeclaim \"{name}\" not found";
        if (claim.Deleting) return $"persistentvolumeclaim \"{name}\" is being deleted";
        if (claim.IsLost || (claim.IsBound && layout.Storage.Volume(claim.VolumeName) is null))
        {
            return $"persistentvolumeclaim \"{name}\" bound to non-existent persistentvolume \"{claim.VolumeName}\"";
        }
        if (claim.AccessModes.Contains("ReadWriteOncePod") && layout.IsUsedByAnother(StorageBook.KeyOf(pod, name), pod.Key))
        {
            return "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode";
        }
        if (claim.IsBound || (claim.VolumeName.Length == 0 && layout.Storage.Class(claim.ClassName) is { Waits: true })) return null;
        return "pod has unbound immediate PersistentVolumeClaims";
    }

    /// <summary>No node will do, for a reason of the pod's own.</summary>
    private sealed class Refused(string why) : IPreparedPredicate
    {
        public bool Admits(PodDemand pod, NodeInfo node) => false;

        public void Explain(PodDemand pod, NodeInfo node, FailureTally tally) => tally.AddOfPod(why);
    }

    private sealed class Prepared(List<VolumeState> bound, List<ClaimState> waiting, StorageBook storage) : IPreparedPredicate
    {
        public bool Admits(PodDemand pod, NodeInfo node) => IsBoundThere(node) && CanHaveAll(node);

        public void Explain(PodDemand pod, NodeInfo node, FailureTally tally) => tally.Add(
            IsBoundThere(node) ? "node(s) didn't find available persistent volumes to bind" : "node(s) had volume node affinity conflict");

        private bool IsBoundThere(NodeInfo node)
        {
            foreach (var volume in bound)
            {
                if (!volume.Admits(node.Name, node.Offer.Labels)) return false;
            }
            return true;
        }

        private bool CanHaveAll(NodeInfo node)
        {
            foreach (var claim in waiting)
            {
                if (claim.SelectedNode.Length > 0 && claim.SelectedNode != node.Name) return false;
                if (storage.Class(claim.ClassName) is not { Provisions: true } && VolumeMatch.Find(claim, storage.Volumes, node.Name, node.Offer.Labels) is null) return false;
            }
            return true;
        }
    }
}
