using System.Collections.Immutable;
using ControlPlane.Objects;
using ControlPlane.Storage.Binding;
using Shared.Api;

namespace ControlPlane.Nodes.Streams;

/// <summary>What nodes follow of a resource.</summary>
internal enum Following
{
    /// <summary>All of it, if they have a service proxy.</summary>
    Network,

    /// <summary>What the pods bound to them use.</summary>
    Used,

    /// <summary>What is on them: the volumes that are directories of theirs.</summary>
    Pinned,

    /// <summary>What is bound to them.</summary>
    Bound,
}

/// <summary>The resources nodes follow, in the order in which their objects are told where revisions do not say: what pods use comes before the pods.</summary>
internal static class FollowedResources
{
    public static readonly GroupResource ConfigMaps = new("", "configmaps");
    public static readonly GroupResource Secrets = new("", "secrets");
    public static readonly GroupResource Volumes = StorageKeys.Volumes;
    public static readonly GroupResource Claims = StorageKeys.Claims;
    public static readonly GroupResource Pods = new("", "pods");

    public static readonly ImmutableArray<(GroupResource Resource, Following How)> All =
    [
        (new("", "nodes"), Following.Network), (new("", "services"), Following.Network), (new("discovery.k8s.io", "endpointslices"), Following.Network),
        (ConfigMaps, Following.Used), (Secrets, Following.Used), (Volumes, Following.Pinned), (Claims, Following.Used),
        (Pods, Following.Bound),
    ];

    /// <summary>Whether nodes follow the object because of the pods that use it.</summary>
    public static bool IsUsed(ObjectKey key) => All[PartOf(key)].How == Following.Used;

    /// <summary>The node that has what is followed because it is there, a pod or a volume; empty for none.</summary>
    public static string NodeOf(StoredObject followed) => followed.Key.GroupResource == Volumes ? VolumeState.Of(followed).Node : followed.Header.NodeName;

    /// <summary>The place of a followed resource in <see cref="All"/>.</summary>
    public static int PartOf(ObjectKey key)
    {
        for (var part = 0; part < All.Length; part++)
        {
            if (All[part].Resource == key.GroupResource) return part;
        }
        throw new ArgumentException($"Nodes do not follow {key}.", nameof(key));
    }
}
