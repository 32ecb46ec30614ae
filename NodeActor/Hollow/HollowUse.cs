using System.Text.Json.Nodes;
using Shared.Api;
using Shared.Json;
using Shared.Protocol;

namespace NodeActor.Hollow;

/// <summary>What each container of a simulated pod uses: what the pod's annotations say, and nothing where they say nothing.</summary>
/// <param name="CpuNanocores">Processor time per time, in 10^-9 processors.</param>
/// <param name="Fault">Why an annotation means nothing; empty: both do.</param>
public sealed record HollowUse(long CpuNanocores, long MemoryBytes, string Fault)
{
    /// <summary>A quantity of processors, such as <c>250m</c>.</summary>
    public const string CpuAnnotation = "hollow.actors.io/cpu";

    /// <summary>A quantity of bytes, such as <c>64Mi</c>.</summary>
    public const string MemoryAnnotation = "hollow.actors.io/memory";

    /// <summary>Reads a pod.</summary>
    public static HollowUse Of(JsonObject pod)
    {
        var (cpu, memory) = (pod.Text("metadata", "annotations", CpuAnnotation), pod.Text("metadata", "annotations", MemoryAnnotation));
        if (!Quantities.TryParseNano(Given(cpu), out var nano) || nano < 0) return new(0, 0, Wrong(CpuAnnotation, cpu));
        if (!Quantities.TryParseValue(Given(memory), out var bytes) || bytes < 0) return new(0, 0, Wrong(MemoryAnnotation, memory));
        return new(nano, bytes, "");
    }

    /// <summary>The use of a pod's containers; null where an annotation means nothing.</summary>
    public static PodUse? Of(HollowPod pod, DateTimeOffset now, TimeSpan window)
    {
        var use = Of(pod.Desired);
        if (use.Fault.Length > 0) return null;
        return new(pod.Uid, now, window, [.. pod.Desired.Objects("spec", "containers").Select(container => new ContainerUse(container.Text("name"), use.CpuNanocores, use.MemoryBytes))]);
    }

    private static string Given(string text) => text.Length == 0 ? "0" : text;

    private static string Wrong(string annotation, string text) => $"the annotation {annotation} is '{text}', which is no quantity; what the pod uses is not known";
}
