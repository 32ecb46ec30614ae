using System.Text;
using k8s.Models;
using NodeActor.Pods;
using NodeActor.Pods.Machine;
using NodeActor.Pods.Specs;

namespace NodeActor.Volumes;

/// <summary>Writes a pod's volumes. Doing it again changes only what is different.</summary>
internal static class VolumePreparer
{
    private const UnixFileMode Everyone = (UnixFileMode)0x1FF; // 0777
    private const string Tmpfs = "tmpfs";

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
                PrepareOne(volume, VolumeSources.HostPath(paths, volume), pod.Spec.SecurityContext?.FsGroup, files, options);
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

    /// <summary>Removes all folders of a pod.</summary>
    public static void Remove(PodPaths paths)
    {
        foreach (var folder in new[] { paths.VolatileRoot, paths.Root, paths.Logs })
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    private static void PrepareOne(V1Volume volume, string path, long? group, VolumeFiles files, PodNodeOptions options)
    {
        if (VolumeSources.InMemory(volume)) RequireMemory(options.VolatileDirectory);
        if (VolumeSources.IsProjection(volume)) AtomicFolder.Write(path, files.Of(volume), group);
        else if (volume.EmptyDir is not null) MakeEmpty(path, group);
        else if (volume.HostPath is { } host) CheckHostPath(host);
        else throw new SpecException("this node does not support volumes of its type");
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

    private static void RequireMemory(string folder)
    {
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var mount = DriveInfo.GetDrives().Where(one => Covers(one.Name, folder)).MaxBy(one => one.Name.Length);
        if (mount?.DriveFormat is not Tmpfs and not "ramfs") throw new SpecException($"{folder} is not in memory, and a secret must not reach a disk");
    }

    private static bool Covers(string mount, string folder) =>
        mount == "/" || folder == mount || folder.StartsWith(mount.TrimEnd('/') + "/", StringComparison.Ordinal);
}
