using System.Collections.Immutable;
using System.Text.Json.Nodes;
using k8s.Models;
using Shared.Api;
using Shared.Json;

namespace NodeActor.Pods.Machine;

/// <summary>The part a container plays in its pod's life.</summary>
public enum ContainerRole
{
    /// <summary>Runs to its end before the next container starts.</summary>
    Init,

    /// <summary>An init container with restartPolicy Always: is started in its turn and then runs as long as the others.</summary>
    Sidecar,

    /// <summary>One of the pod's containers proper.</summary>
    Main,
}

/// <summary>One container of a pod's spec.</summary>
public sealed record ContainerDefinition(V1Container Spec, ContainerRole Role)
{
    public string Name => Spec.Name;

    /// <summary>What an event about it points to.</summary>
    public string FieldPath => Role == ContainerRole.Main ? $"spec.containers{{{Name}}}" : $"spec.initContainers{{{Name}}}";

    /// <summary>The pull policy, with Kubernetes' default where the spec names none.</summary>
    public string PullPolicy => Spec.ImagePullPolicy is { Length: > 0 } policy ? policy : HasFloatingTag(Spec.Image) ? "Always" : "IfNotPresent";

    private static bool HasFloatingTag(string image)
    {
        if (image.Contains('@', StringComparison.Ordinal)) return false;
        var tag = image[(image.LastIndexOf('/') + 1)..].Split(':', 2);
        return tag.Length == 1 || tag[1] == "latest";
    }
}

/// <summary>A desired pod, parsed.</summary>
public sealed record PodDefinition(V1Pod Pod, JsonObject Status, ImmutableArray<ContainerDefinition> Containers, PodReferences References)
{
    private const long DefaultGraceSeconds = 30;

    public V1PodSpec Spec => Pod.Spec;
    public string RestartPolicy => Pod.Spec.RestartPolicy is { Length: > 0 } policy ? policy : "Always";
    public bool HostNetwork => Pod.Spec.HostNetwork == true;

    /// <summary>How long containers have between TERM and KILL: the deletion's grace if it is being deleted.</summary>
    public TimeSpan Grace => TimeSpan.FromSeconds(
        Math.Max(0, Pod.Metadata.DeletionGracePeriodSeconds ?? Pod.Spec.TerminationGracePeriodSeconds ?? DefaultGraceSeconds));

    /// <summary>True once the API server has marked it for deletion.</summary>
    public bool Deleting => Pod.Metadata.DeletionTimestamp is not null;

    /// <summary>The phase the API server last stored.</summary>
    public string StoredPhase => Status.Text("phase");

    public ContainerDefinition? Container(string name) => Containers.FirstOrDefault(one => one.Name == name);

    /// <summary>Reads a core/v1 Pod.</summary>
    /// <exception cref="FormatException">It is no Pod, or lacks a spec.</exception>
    public static PodDefinition Parse(ReadOnlyMemory<byte> json)
    {
        V1Pod? pod;
        try
        {
            pod = ModelReading.Read<V1Pod>(json);
        }
        catch (System.Text.Json.JsonException error)
        {
            throw new FormatException($"not a pod: {error.Message}", error);
        }
        if (pod?.Spec?.Containers is null || pod.Metadata is null) throw new FormatException("not a pod: it has no spec.containers or no metadata");
        var tree = (JsonObject)ObjectLimits.Parse(json.Span)!;
        return new(pod, tree.Child("status") ?? [], [.. All(pod.Spec)], WithTokens(PodReferences.Of(tree), pod));
    }

    // Tokens come another way than objects of the API, and are waited for and looked at as those are.
    private static PodReferences WithTokens(PodReferences references, V1Pod pod)
    {
        var tokens = TokenNeed.All(pod.Spec).Select(need => need.Key(new(pod.Metadata.Uid))).ToArray();
        return new(references.Volumes.AddRange(tokens), references.All.AddRange(tokens));
    }

    private static IEnumerable<ContainerDefinition> All(V1PodSpec spec)
    {
        foreach (var one in spec.InitContainers ?? [])
        {
            yield return new(one, one.RestartPolicy == "Always" ? ContainerRole.Sidecar : ContainerRole.Init);
        }
        foreach (var one in spec.Containers) yield return new(one, ContainerRole.Main);
    }
}
