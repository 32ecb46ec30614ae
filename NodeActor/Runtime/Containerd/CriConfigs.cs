using System.Globalization;
using NodeActor.Runtime.Containerd.Cri;

namespace NodeActor.Runtime.Containerd;

/// <summary>Writes our specs as the CRI's configs.</summary>
internal static class CriConfigs
{
    /// <summary>The parts of /proc and /sys that a container that is not privileged must not see, or not write.</summary>
    private static readonly string[] MaskedPaths =
    [
        "/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
        "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
    ];

    private static readonly string[] ReadOnlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    public static PodSandboxConfig Sandbox(SandboxSpec spec, string cgroupParent)
    {
        var config = new PodSandboxConfig
        {
            Metadata = new() { Name = spec.Pod.Name, Namespace = spec.Pod.Namespace, Uid = spec.Uid.Value, Attempt = (uint)spec.Attempt },
            Hostname = spec.Hostname,
            LogDirectory = spec.LogDirectory,
            Linux = new()
            {
                CgroupParent = cgroupParent,
                SecurityContext = new()
                {
                    NamespaceOptions = Namespaces(spec.Namespaces),
                    Privileged = spec.Privileged,
                    Seccomp = new() { ProfileType = SecurityProfile.Types.ProfileType.Unconfined },
                    RunAsUser = Wrap(spec.RunAsUser),
                    RunAsGroup = spec.RunAsUser is null ? null : Wrap(spec.RunAsGroup),
                    SupplementalGroups = { spec.SupplementalGroups },
                },
                Sysctls = { spec.Sysctls },
            },
        };
        if (spec.Dns is { } dns) config.DnsConfig = new() { Servers = { dns.Servers }, Searches = { dns.Searches }, Options = { dns.Options } };
        foreach (var port in spec.Ports)
        {
            config.PortMappings.Add(new PortMapping
            {
                ContainerPort = port.ContainerPort,
                HostPort = port.Port,
                HostIp = port.HostIP,
                Protocol = port.Protocol switch { "UDP" => Protocol.Udp, "SCTP" => Protocol.Sctp, _ => Protocol.Tcp },
            });
        }
        config.Labels.Add(spec.Labels);
        config.Labels[CriLabels.PodName] = spec.Pod.Name;
        config.Labels[CriLabels.PodNamespace] = spec.Pod.Namespace;
        config.Labels[CriLabels.PodUid] = spec.Uid.Value;
        return config;
    }

    public static ContainerConfig Container(SandboxSpec sandbox, ContainerSpec spec)
    {
        var config = new ContainerConfig
        {
            Metadata = new() { Name = spec.Name, Attempt = (uint)spec.Attempt },
            Image = new() { Image = spec.Image },
            Command = { spec.Command },
            Args = { spec.Args },
            WorkingDir = spec.WorkingDirectory,
            LogPath = spec.LogPath,
            Stdin = spec.Stdin,
            StdinOnce = spec.StdinOnce,
            Tty = spec.Tty,
            Linux = new()
            {
                Resources = new()
                {
                    CpuPeriod = spec.Limits.CpuPeriod,
                    CpuQuota = spec.Limits.CpuQuota,
                    CpuShares = spec.Limits.CpuShares,
                    MemoryLimitInBytes = spec.Limits.MemoryBytes,
                    OomScoreAdj = spec.Limits.OomScoreAdj,
                },
                SecurityContext = Security(sandbox, spec.Security),
            },
            Labels =
            {
                [CriLabels.PodName] = sandbox.Pod.Name,
                [CriLabels.PodNamespace] = sandbox.Pod.Namespace,
                [CriLabels.PodUid] = sandbox.Uid.Value,
                [CriLabels.ContainerName] = spec.Name,
            },
            Annotations =
            {
                [CriLabels.Image] = spec.Image,
                [CriLabels.RestartCount] = spec.Attempt.ToString(CultureInfo.InvariantCulture),
                [CriLabels.RestartDelay] = spec.RestartDelay.TotalSeconds.ToString(CultureInfo.InvariantCulture),
            },
        };
        config.Envs.AddRange(spec.Environment.Select(one => new KeyValue { Key = one.Key, Value = one.Value }));
        config.Mounts.AddRange(spec.Mounts.Select(Mount));
        if (spec.TerminationMessageFile.Length > 0) config.Annotations[CriLabels.TerminationMessagePath] = spec.TerminationMessageFile;
        return config;
    }

    private static Mount Mount(ContainerMount mount) => new()
    {
        ContainerPath = mount.ContainerPath,
        HostPath = mount.HostPath,
        Readonly = mount.ReadOnly,
        Propagation = mount.Propagation switch
        {
            "HostToContainer" => MountPropagation.PropagationHostToContainer,
            "Bidirectional" => MountPropagation.PropagationBidirectional,
            _ => MountPropagation.PropagationPrivate,
        },
    };

    private static LinuxContainerSecurityContext Security(SandboxSpec sandbox, ContainerSecurity security)
    {
        var context = new LinuxContainerSecurityContext
        {
            NamespaceOptions = Namespaces(sandbox.Namespaces),
            Privileged = security.Privileged,
            ReadonlyRootfs = security.ReadOnlyRoot,
            NoNewPrivs = security.NoNewPrivileges,
            RunAsUser = Wrap(security.RunAsUser),
            RunAsUsername = security.RunAsUserName,
            RunAsGroup = Wrap(security.RunAsGroup),
            SupplementalGroups = { security.SupplementalGroups },
            Capabilities = new() { AddCapabilities = { security.AddCapabilities }, DropCapabilities = { security.DropCapabilities } },
            Seccomp = Seccomp(security.Seccomp),
        };
        if (!security.Privileged && !security.UnmaskedProc)
        {
            context.MaskedPaths.AddRange(MaskedPaths);
            context.ReadonlyPaths.AddRange(ReadOnlyPaths);
        }
        return context;
    }

    private static NamespaceOption Namespaces(NamespaceSettings settings) => new()
    {
        Network = settings.HostNetwork ? NamespaceMode.Node : NamespaceMode.Pod,
        Pid = settings.HostPid ? NamespaceMode.Node : settings.SharedPid ? NamespaceMode.Pod : NamespaceMode.Container,
        Ipc = settings.HostIpc ? NamespaceMode.Node : NamespaceMode.Pod,
    };

    private static SecurityProfile Seccomp(SeccompSettings settings) => settings.Type switch
    {
        "RuntimeDefault" => new() { ProfileType = SecurityProfile.Types.ProfileType.RuntimeDefault },
        "Localhost" => new() { ProfileType = SecurityProfile.Types.ProfileType.Localhost, LocalhostRef = settings.Path },
        _ => new() { ProfileType = SecurityProfile.Types.ProfileType.Unconfined },
    };

    private static Int64Value? Wrap(long? value) => value is { } number ? new() { Value = number } : null;
}
