using Shared.Api;

namespace NodeActor.Pods;

/// <summary>Where a pod's files are. Names depend on the pod alone, so that a new agent finds what an earlier one wrote.</summary>
public sealed class PodPaths(PodNodeOptions options, ObjectKey pod, PodUid uid)
{
    /// <summary>The pod's folder on disk.</summary>
    public string Root => Path.Combine(options.PodsDirectory, uid.Value);

    /// <summary>Holds the mounts of the pod's volumes in memory.</summary>
    public string VolatileRoot => Path.Combine(options.VolatileDirectory, uid.Value);

    /// <summary>Where its containers log to.</summary>
    public string Logs => Path.Combine(options.LogsDirectory, $"{pod.Namespace}_{pod.Name}_{uid}");

    /// <summary>Its <c>/etc/hosts</c>.</summary>
    public string Hosts => Path.Combine(Root, "etc-hosts");

    /// <summary>A volume's folder.</summary>
    public string Volume(string name, bool inMemory) => Path.Combine(inMemory ? VolatileRoot : Root, "volumes", name);

    /// <summary>The file a container may leave a last word in.</summary>
    public string TerminationMessage(string container, int attempt) => Path.Combine(Root, "containers", container, $"termination-{attempt}");

    /// <summary>A container's log below <see cref="Logs"/>.</summary>
    public static string LogFile(string container, int attempt) => $"{container}/{attempt}.log";
}
