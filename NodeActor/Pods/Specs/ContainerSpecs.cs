using System.Collections.Immutable;
using k8s.Models;
using NodeActor.Pods.Machine;
using NodeActor.Runtime;
using NodeActor.Volumes;

namespace NodeActor.Pods.Specs;

/// <summary>What a container is made from, with everything it refers to resolved.</summary>
internal static class ContainerSpecs
{
    private const string DefaultMessagePath = "/dev/termination-log";

    /// <summary>The spec of an attempt.</summary>
    /// <exception cref="SpecException">Something it refers to is not there or can not be.</exception>
    public static ContainerSpec Build(PodState state, PodNodeOptions options, StartContainer start, RuntimeImage image)
    {
        var pod = state.Definition!;
        var container = pod.Container(start.Container) ?? throw new SpecException($"container {start.Container} not found");
        var spec = container.Spec;
        var paths = new PodPaths(options, state.Key, state.Uid);
        var environment = ContainerEnvironment.Build(state, options, container);
        var values = environment.ToDictionary();
        return new(spec.Name, start.Attempt, spec.Image)
        {
            LogPath = PodPaths.LogFile(spec.Name, start.Attempt),
            Command = [.. (spec.Command ?? []).Select(one => Expansion.Expand(one, values))],
            Args = [.. (spec.Args ?? []).Select(one => Expansion.Expand(one, values))],
            WorkingDirectory = spec.WorkingDir ?? "",
            Environment = WithHostname(pod, environment),
            Mounts = Mounts(state, options, container, start, values),
            Limits = ContainerResources.Container(state, container),
            Security = ContainerSecurityRules.Build(pod, container, image),
            Stdin = spec.Stdin == true,
            StdinOnce = spec.StdinOnce == true,
            Tty = spec.Tty == true,
            TerminationMessageFile = paths.TerminationMessage(spec.Name, start.Attempt),
            RestartDelay = start.RestartDelay,
        };
    }

    private static ImmutableArray<KeyValuePair<string, string>> WithHostname(PodDefinition pod, ImmutableArray<KeyValuePair<string, string>> environment) =>
        pod.HostNetwork || environment.Any(one => one.Key == "HOSTNAME") ? environment : environment.Add(new("HOSTNAME", SandboxSpecs.Hostname(pod)));

    private static ImmutableArray<ContainerMount> Mounts(
        PodState state, PodNodeOptions options, ContainerDefinition container, StartContainer start, IReadOnlyDictionary<string, string> values)
    {
        var pod = state.Definition!;
        var paths = new PodPaths(options, state.Key, state.Uid);
        var mounts = ImmutableArray.CreateBuilder<ContainerMount>();
        foreach (var mount in container.Spec.VolumeMounts ?? [])
        {
            var volume = (pod.Spec.Volumes ?? []).FirstOrDefault(one => one.Name == mount.Name)
                ?? throw new SpecException($"volume \"{mount.Name}\" of container {container.Name} is not in spec.volumes");
            var (plugin, own) = PluginFor(state, options, paths, volume);
            var path = plugin.Path(own);
            var below = mount.SubPathExpr is { Length: > 0 } expression ? Expansion.Expand(expression, values) : mount.SubPath ?? "";
            mounts.Add(new(mount.MountPath, below.Length == 0 ? path : Below(path, below, mount.Name), mount.ReadOnlyProperty == true || plugin.IsReadOnly(own), mount.MountPropagation ?? "None"));
        }
        if (!pod.HostNetwork && mounts.All(one => one.ContainerPath != "/etc/hosts")) mounts.Add(new("/etc/hosts", paths.Hosts, false, "None"));
        var messages = container.Spec.TerminationMessagePath is { Length: > 0 } path2 ? path2 : DefaultMessagePath;
        mounts.Add(new(messages, paths.TerminationMessage(container.Name, start.Attempt), false, "None"));
        return mounts.ToImmutable();
    }

    private static (IVolumePlugin Plugin, PodVolume Volume) PluginFor(PodState state, PodNodeOptions options, PodPaths paths, V1Volume spec)
    {
        try
        {
            var volume = PodVolumes.Of(paths, state, spec);
            return (NodeVolumes.For(options.VolumePlugins, volume), volume);
        }
        catch (VolumeException error)
        {
            throw new SpecException($"volume \"{spec.Name}\": {error.Message}");
        }
    }

    /// <summary>A path inside a volume; made if nothing is there, as Kubernetes does. It must not lead out of the volume.</summary>
    private static string Below(string volume, string path, string name)
    {
        var real = SafePath.Inside(volume, path) ?? throw new SpecException($"subPath \"{path}\" of volume \"{name}\" leads out of the volume");
        if (!Path.Exists(real)) Directory.CreateDirectory(real);
        return real;
    }
}
