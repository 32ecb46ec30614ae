namespace ControlPlane.Scheduling;

/// <summary>What can happen in a cluster that may help a pod for which there was no node.</summary>
[Flags]
public enum ClusterChanges
{
    None = 0,

    /// <summary>A pod was placed, or has other labels now.</summary>
    PodCame = 1,

    /// <summary>A placed pod is going, is gone, or has other labels now.</summary>
    PodLeft = 2,

    /// <summary>A node came, went or changed.</summary>
    NodeChanged = 4,

    /// <summary>A namespace came, went or has other labels.</summary>
    NamespaceChanged = 8,

    /// <summary>A claim, a volume or a storage class came, went or changed; or a claim has a pod less.</summary>
    StorageChanged = 16,
}
