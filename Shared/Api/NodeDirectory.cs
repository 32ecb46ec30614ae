namespace Shared.Api;

/// <summary>
/// The volumes that are directories of a node: what the control plane writes into a PersistentVolume, and its node reads. The directory has the volume's name, so no two
/// volumes share one.
/// </summary>
public static class NodeDirectory
{
    /// <summary>The provisioner of the class and the driver of the volumes.</summary>
    public const string Driver = "directory.actors.dev";

    /// <summary>The class that every cluster begins with.</summary>
    public const string ClassName = "node-directory";

    /// <summary>The entry of <c>spec.csi.volumeAttributes</c> that names the node the directory is on.</summary>
    public const string NodeAttribute = "directory.actors.dev/node";

    /// <summary>The finalizer of a volume whose directory may still be there.</summary>
    public const string DataFinalizer = "directory.actors.dev/data";

    /// <summary>Kubernetes' finalizer of a volume that is bound to a claim.</summary>
    public const string VolumeProtection = "kubernetes.io/pv-protection";
}
