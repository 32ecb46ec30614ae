using k8s.Models;

namespace NodeActor.Probes;

/// <summary>Finds the probes of a container's spec.</summary>
internal static class ProbeSpecs
{
    public static IEnumerable<ProbeKind> Kinds(V1Container container)
    {
        if (container.StartupProbe is not null) yield return ProbeKind.Startup;
        if (container.ReadinessProbe is not null) yield return ProbeKind.Readiness;
        if (container.LivenessProbe is not null) yield return ProbeKind.Liveness;
    }

    public static V1Probe? Of(V1Container container, ProbeKind kind) => kind switch
    {
        ProbeKind.Startup => container.StartupProbe,
        ProbeKind.Readiness => container.ReadinessProbe,
        _ => container.LivenessProbe,
    };
}
