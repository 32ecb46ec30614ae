using Shared.Api;

namespace ControlPlane.Storage.Binding;

/// <summary>The resources and the words of Kubernetes by which claims and volumes are bound.</summary>
public static class StorageKeys
{
    public static readonly GroupResource Claims = new("", "persistentvolumeclaims");
    public static readonly GroupResource Volumes = new("", "persistentvolumes");
    public static readonly GroupResource Classes = new("storage.k8s.io", "storageclasses");

    /// <summary>The node that a claim's first pod was placed on: its volume is made there.</summary>
    public const string SelectedNode = "volume.kubernetes.io/selected-node";

    /// <summary>Who is to make a claim's volume.</summary>
    public const string Provisioner = "volume.kubernetes.io/storage-provisioner";

    /// <summary>The same, for provisioners that look for it under its old name.</summary>
    public const string ProvisionerBefore = "volume.beta.kubernetes.io/storage-provisioner";

    /// <summary>Who has made a volume.</summary>
    public const string ProvisionedBy = "pv.kubernetes.io/provisioned-by";
    public const string BindCompleted = "pv.kubernetes.io/bind-completed";
    public const string BoundByController = "pv.kubernetes.io/bound-by-controller";
    public const string DefaultClass = "storageclass.kubernetes.io/is-default-class";
    public const string ClaimProtection = "kubernetes.io/pvc-protection";

    /// <summary>The provisioner of a class whose volumes are made by hand.</summary>
    public const string NoProvisioner = "kubernetes.io/no-provisioner";

    public static ObjectKey Claim(string @namespace, string name) => new(Claims.Group, Claims.Resource, @namespace, name);

    public static ObjectKey Volume(string name) => new(Volumes.Group, Volumes.Resource, "", name);

    public static ObjectKey Class(string name) => new(Classes.Group, Classes.Resource, "", name);

    public static ObjectKey Node(string name) => new("", "nodes", "", name);
}
