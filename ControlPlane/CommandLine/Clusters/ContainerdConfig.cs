namespace ControlPlane.CommandLine.Clusters;

/// <summary>Where one node's containerd keeps its things.</summary>
/// <param name="Root">Images and snapshots, on disk.</param>
/// <param name="State">What is of use only while the machine runs.</param>
/// <param name="NetworkConfiguration">The folder the node's agent writes the CNI configuration to.</param>
public sealed record ContainerdFolders(string Root, string State, string Socket, string NetworkConfiguration);

/// <summary>The <c>config.toml</c> of a node's containerd (1.6 and later).</summary>
public static class ContainerdConfig
{
    /// <summary>
    /// Everything the node's containerd keeps is its own, so that many run beside each other. The snapshotters that are left out need kernel
    /// modules or programs that a node has no use for.
    /// </summary>
    public static string Render(ContainerdFolders folders, string sandboxImage) => $"""
        version = 2
        root = "{folders.Root}"
        state = "{folders.State}"
        disabled_plugins = [
          "io.containerd.snapshotter.v1.btrfs",
          "io.containerd.snapshotter.v1.zfs",
          "io.containerd.snapshotter.v1.devmapper",
          "io.containerd.snapshotter.v1.aufs",
          "io.containerd.internal.v1.opt",
        ]

        [grpc]
          address = "{folders.Socket}"
        [ttrpc]
          address = "{folders.Socket}.ttrpc"

        [plugins."io.containerd.grpc.v1.cri"]
          sandbox_image = "{sandboxImage}"
          restrict_oom_score_adj = true
          disable_apparmor = true
          stream_server_address = "127.0.0.1"
          stream_server_port = "0"
          netns_mounts_under_state_dir = true
          tolerate_missing_hugetlb_controller = true
          disable_hugetlb_controller = true
          [plugins."io.containerd.grpc.v1.cri".cni]
            bin_dir = "/usr/lib/cni"
            conf_dir = "{folders.NetworkConfiguration}"
          [plugins."io.containerd.grpc.v1.cri".containerd]
            default_runtime_name = "runc"
            snapshotter = "overlayfs"
            [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
              runtime_type = "io.containerd.runc.v2"
              [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
                Root = "{folders.State}/runc"
                SystemdCgroup = false

        """;
}
