using System.Text;
using k8s.Models;
using NodeActor.Pods.Machine;
using NodeActor.Pods.Specs;
using NodeActor.Volumes;

namespace NodeActor.Pods.Volumes;

/// <summary>Writes a pod's volumes. Doing it again changes only what is different.</summary>
internal static class VolumePreparer
{
    private const string Memory = "Memory";
    private const UnixFileMode Everyone = (UnixFileMode)0x1FF; // 0777

    /// <summary>More than two versions of what fits into the objects a volume usually shows; the kernel takes only what is written.</summary>
    private const long LargestProjection = 128L << 20;

    /// <summary>Prepares every volume of a pod.</summary>
    /// <exception cref="SpecException">A volume can not be prepared; the message says which and why.</exception>
    public static void Prepare(PodState state, PodNodeOptions options)
    {
        var pod = state.Definition!;
        var paths = new PodPaths(options, state.Key, state.Uid);
        Directory.CreateDirectory(paths.Root);
        var files = new VolumeFiles(state, options);
        foreach (var volume in pod.Spec.Volumes ?? [])
        {
            try
            {
                PrepareOne(volume, VolumeSources.HostPath(paths, volume), pod.Spec.SecurityContext?.FsGroup, files);
            }
            catch (Exception error) when (error is SpecException or IOException or UnauthorizedAccessException)
            {
                throw new SpecException($"MountVolume.SetUp failed for volume \"{volume.Name}\" : {error.Message}", "FailedMount");
            }
        }
    }

    /// <summary>Writes the pod's hosts file: done when its address is known.</summary>
    public static void WriteHosts(PodState state, PodNodeOptions options)
    {
        var pod = state.Definition!;
        if (pod.HostNetwork) return;
        var text = new StringBuilder("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
        var name = SandboxSpecs.Hostname(pod);
        var full = pod.Spec.Subdomain is { Length: > 0 } subdomain ? $"{name}.{subdomain}.{state.Key.Namespace}.svc.{options.ClusterDomain}\t{name}" : name;
        foreach (var address in state.Observed?.Current?.IPs ?? []) text.Append(address).Append('\t').Append(full).Append('\n');
        foreach (var alias in pod.Spec.HostAliases ?? []) text.Append(alias.Ip).Append('\t').Append(string.Join('\t', alias.Hostnames ?? [])).Append('\n');
        var paths = new PodPaths(options, state.Key, state.Uid);
        Directory.CreateDirectory(paths.Root);
        File.WriteAllText(paths.Hosts, text.ToString());
    }

    /// <summary>Unmounts what was mounted for a pod and removes all its folders. May be repeated.</summary>
    /// <exception cref="IOException">A mount is in use, or is not the node's: what it lies in stays.</exception>
    public static void Remove(PodPaths paths)
    {
        MemoryVolumes.Unmount(paths.Volumes(inMemory: true));
        foreach (var folder in new[] { paths.VolatileRoot, paths.Root, paths.Logs }) PodFolders.Delete(folder);
    }

    private static void PrepareOne(V1Volume volume, string path, long? group, VolumeFiles files)
    {
        if (VolumeSources.InMemory(volume)) MountMemory(volume, path, group);
        if (VolumeSources.IsProjection(volume)) AtomicFolder.Write(path, files.Of(volume), group);
        else if (volume.EmptyDir is { Medium: not Memory }) MakeEmpty(path, group);
        else if (volume.HostPath is { } host) CheckHostPath(host);
        else if (volume.EmptyDir is null) throw new SpecException("this node does not support volumes of its type");
    }

    private static void MountMemory(V1Volume volume, string path, long? group)
    {
        if (volume.EmptyDir is { } empty) MemoryVolumes.Mount(path, empty.SizeLimit is { } limit ? (long)limit.ToDecimal() : null, group is null ? "0777" : "2777", group);
        else MemoryVolumes.Mount(path, LargestProjection, "0755", group);
    }

    private static void MakeEmpty(string path, long? group)
    {
        if (Directory.Exists(path)) return;
        Directory.CreateDirectory(path);
        if (group is { } id)
        {
            PosixFiles.SetGroup(path, id);
            File.SetUnixFileMode(path, Everyone | UnixFileMode.SetGroup);
        }
        else
        {
            File.SetUnixFileMode(path, Everyone);
        }
    }

    private static void CheckHostPath(V1HostPathVolumeSource host)
    {
        switch (host.Type)
        {
            case "DirectoryOrCreate":
                Directory.CreateDirectory(host.Path);
                break;
            case "FileOrCreate" when !Path.Exists(host.Path):
                File.WriteAllBytes(host.Path, []);
                break;
            case "Directory" when !Directory.Exists(host.Path):
                throw new SpecException($"hostPath type check failed: {host.Path} is not a directory");
            case "File" when !File.Exists(host.Path):
                throw new SpecException($"hostPath type check failed: {host.Path} is not a file");
            case null or "" when !Path.Exists(host.Path):
                // The runtime makes a missing folder, as a plain hostPath promises.
                Directory.CreateDirectory(host.Path);
                break;
            case "Socket" or "CharDevice" or "BlockDevice" when !Path.Exists(host.Path):
                throw new SpecException($"hostPath type check failed: {host.Path} is not a {host.Type}");
        }
    }
}
