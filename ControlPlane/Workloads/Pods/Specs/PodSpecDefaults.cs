using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Workloads.Pods.Specs;

/// <summary>The defaults of a pod's spec, in a Pod and in a template alike.</summary>
internal static class PodSpecDefaults
{
    public const long GraceSeconds = 30;

    public static void Apply(JsonObject spec)
    {
        var hostNetwork = spec.Flag("hostNetwork") == true;
        foreach (var container in spec.Objects("initContainers")) ContainerDefaults.Apply(container, hostNetwork);
        foreach (var container in spec.Objects("containers")) ContainerDefaults.Apply(container, hostNetwork);
        foreach (var container in spec.Objects("ephemeralContainers")) ContainerDefaults.Apply(container, hostNetwork);
        foreach (var volume in spec.Objects("volumes")) VolumeDefaults.Apply(volume);
        spec.Default("restartPolicy", "Always");
        spec.Default("dnsPolicy", "ClusterFirst");
        spec.Default("schedulerName", "default-scheduler");
        spec.Default("terminationGracePeriodSeconds", GraceSeconds);
        spec.DefaultChild("securityContext");
        // The older name of the field is kept in step for clients that read it.
        var account = spec.Text("serviceAccountName");
        if (account.Length > 0) spec["serviceAccount"] = account;
        else if (spec.Text("serviceAccount") is { Length: > 0 } old) spec["serviceAccountName"] = old;
    }

    /// <summary>Of a template, whose spec is made if it is missing.</summary>
    public static void ApplyToTemplate(JsonObject owner)
    {
        if (owner.Child("template") is not { } template) return;
        Apply(template.DefaultChild("spec"));
    }
}
