using k8s.Models;

namespace NodeActor.Volumes;

/// <summary><c>hostPath</c>: a file or folder of the node itself, which is there before the pod and after it.</summary>
internal sealed class HostPathVolumes : IVolumePlugin
{
    public string Name => "hostPath";

    public bool Handles(PodVolume volume) => volume.Spec.HostPath is not null;

    public string Path(PodVolume volume) => volume.Spec.HostPath.Path;

    public Task PublishAsync(PodVolume volume, VolumeUse use, CancellationToken cancel)
    {
        Check(volume.Spec.HostPath);
        return Task.CompletedTask;
    }

    private static void Check(V1HostPathVolumeSource host)
    {
        switch (host.Type)
        {
            case "DirectoryOrCreate":
                Directory.CreateDirectory(host.Path);
                break;
            case "FileOrCreate" when !System.IO.Path.Exists(host.Path):
                File.WriteAllBytes(host.Path, []);
                break;
            case "Directory" when !Directory.Exists(host.Path):
                throw new VolumeException($"hostPath type check failed: {host.Path} is not a directory");
            case "File" when !File.Exists(host.Path):
                throw new VolumeException($"hostPath type check failed: {host.Path} is not a file");
            case null or "" when !System.IO.Path.Exists(host.Path):
                // The runtime makes a missing folder, as a plain hostPath promises.
                Directory.CreateDirectory(host.Path);
                break;
            case "Socket" or "CharDevice" or "BlockDevice" when !System.IO.Path.Exists(host.Path):
                throw new VolumeException($"hostPath type check failed: {host.Path} is not a {host.Type}");
        }
    }
}
