using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Admission.PodSecurity;

/// <summary>
/// The Pod Security Standards (https://kubernetes.io/docs/concepts/security/pod-security-standards/): what of a pod a level forbids, in the words of Kubernetes' admission. Pure.
/// </summary>
public static class SecurityStandards
{
    private static readonly string[] DefaultCapabilities =
    [
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    ];

    private static readonly string[] SafeSysctls =
    [
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
    ];

    private static readonly string[] SelinuxTypes = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
    private static readonly string[] FreeVolumes = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];
    private static readonly string[] Probes = ["livenessProbe", "readinessProbe", "startupProbe"];

    /// <summary>Every rule of a level that a pod breaks; none if it meets it.</summary>
    /// <param name="metadata">The pod's metadata, or that of its template.</param>
    /// <param name="spec">The pod's spec.</param>
    public static ImmutableArray<string> Faults(SecurityLevel level, JsonObject? metadata, JsonObject spec)
    {
        if (level == SecurityLevel.Privileged) return [];
        var pod = new SecuredPod(metadata, spec);
        var faults = new List<string>();
        Restricted(level, pod, faults);
        Baseline(pod, faults, capabilities: level == SecurityLevel.Baseline, seccomp: level == SecurityLevel.Baseline);
        faults.Sort(StringComparer.Ordinal);
        return [.. faults];
    }

    private static void Baseline(SecuredPod pod, List<string> faults, bool capabilities, bool seccomp)
    {
        pod.Report(faults, "hostProcess", "must not set securityContext.windowsOptions.hostProcess=true", context => context.Flag("windowsOptions", "hostProcess") == true, podToo: true);
        string[] spaces = [.. new[] { "hostNetwork", "hostPID", "hostIPC" }.Where(space => pod.Spec.Flag(space) == true).Select(space => $"{space}=true")];
        if (spaces.Length > 0) faults.Add($"host namespaces ({string.Join(", ", spaces)})");
        pod.Report(faults, "privileged", "must not set securityContext.privileged=true", context => context.Flag("privileged") == true);
        if (capabilities) pod.ReportValues(faults, "non-default capabilities", "must not include", "in securityContext.capabilities.add", container => container.Texts("securityContext", "capabilities", "add").Except(DefaultCapabilities));
        var paths = pod.Volumes.Where(volume => volume.Has("hostPath")).Select(volume => volume.Text("name")).ToArray();
        if (paths.Length > 0) faults.Add($"hostPath volumes ({SecuredPod.Names("volume", paths)})");
        pod.ReportValues(faults, "hostPort", "uses hostPort", "", container => container.Objects("ports").Select(port => port.Number("hostPort") ?? 0).Where(port => port != 0).Select(port => port.ToString(System.Globalization.CultureInfo.InvariantCulture)), quoted: false, plural: "use hostPorts");
        pod.Report(faults, "appArmorProfile", "must not set securityContext.appArmorProfile.type to \"Unconfined\"", context => context.Text("appArmorProfile", "type") == "Unconfined", podToo: true);
        string[] profiles = [.. (pod.Metadata.Child("annotations") ?? []).Where(entry => entry.Key.StartsWith("container.apparmor.security.beta.kubernetes.io/", StringComparison.Ordinal) && !IsFreeProfile(entry.Value.TextOf() ?? "")).Select(entry => $"{entry.Key}=\"{entry.Value.TextOf()}\"")];
        if (profiles.Length > 0) faults.Add($"forbidden AppArmor {(profiles.Length == 1 ? "profile" : "profiles")} ({string.Join(", ", profiles)})");
        pod.Report(
            faults, "seLinuxOptions", "set forbidden securityContext.seLinuxOptions",
            context => context.Child("seLinuxOptions") is { } options && (!SelinuxTypes.Contains(options.Text("type")) || options.Text("user").Length > 0 || options.Text("role").Length > 0), podToo: true);
        pod.Report(faults, "procMount", "must not set securityContext.procMount to \"Unmasked\"", context => context.Text("procMount") is not ("" or "Default"));
        if (seccomp) pod.Report(faults, "seccompProfile", "must not set securityContext.seccompProfile.type to \"Unconfined\"", context => context.Text("seccompProfile", "type") == "Unconfined", podToo: true);
        string[] sysctls = [.. pod.Spec.Objects("securityContext", "sysctls").Select(sysctl => sysctl.Text("name")).Except(SafeSysctls)];
        if (sysctls.Length > 0) faults.Add($"forbidden sysctls ({string.Join(", ", sysctls)})");
        var hosts = pod.Named(container => Probes.Any(probe => HasHost(container.Child(probe))) || HasHost(container.Child("lifecycle", "postStart")) || HasHost(container.Child("lifecycle", "preStop")));
        if (hosts.Length > 0) faults.Add($"probe or lifecycle host ({SecuredPod.Names("container", hosts)} must not set host fields of probes or lifecycle hooks)");
    }

    private static void Restricted(SecurityLevel level, SecuredPod pod, List<string> faults)
    {
        if (level != SecurityLevel.Restricted) return;
        var volumes = pod.Volumes.Select(volume => (Name: volume.Text("name"), Type: volume.Select(member => member.Key).FirstOrDefault(key => key != "name" && volume.Has(key)) ?? "")).Where(volume => !FreeVolumes.Contains(volume.Type)).ToArray();
        if (volumes.Length > 0)
        {
            var types = volumes.Select(volume => volume.Type).Distinct().Order(StringComparer.Ordinal).Select(type => $"\"{type}\"").ToArray();
            faults.Add($"restricted volume types ({SecuredPod.Names("volume", [.. volumes.Select(volume => volume.Name)])} {(volumes.Length == 1 ? "uses" : "use")} restricted volume {(types.Length == 1 ? "type" : "types")} {string.Join(", ", types)})");
        }
        NonRoot(pod, faults);
        if (pod.IsWindows) return;
        Missing("allowPrivilegeEscalation != false", "must set securityContext.allowPrivilegeEscalation=false", pod.Named(container => container.Flag("securityContext", "allowPrivilegeEscalation") != false));
        var undropped = pod.Named(container => !container.Texts("securityContext", "capabilities", "drop").Contains("ALL"));
        var added = pod.Containers.SelectMany(container => container.Texts("securityContext", "capabilities", "add")).Where(capability => capability != "NET_BIND_SERVICE").Distinct().Order(StringComparer.Ordinal).ToArray();
        var adders = pod.Named(container => container.Texts("securityContext", "capabilities", "add").Any(capability => capability != "NET_BIND_SERVICE"));
        string[] why =
        [
            .. undropped.Length > 0 ? new[] { $"{SecuredPod.Names("container", undropped)} must set securityContext.capabilities.drop=[\"ALL\"]" } : [],
            .. adders.Length > 0 ? new[] { $"{SecuredPod.Names("container", adders)} must not include {string.Join(", ", added.Select(capability => $"\"{capability}\""))} in securityContext.capabilities.add" } : [],
        ];
        if (why.Length > 0) faults.Add($"unrestricted capabilities ({string.Join("; ", why)})");
        Seccomp(pod, faults);

        void Missing(string rule, string what, string[] containers)
        {
            if (containers.Length > 0) faults.Add($"{rule} ({SecuredPod.Names("container", containers)} {what})");
        }
    }

    private static void NonRoot(SecuredPod pod, List<string> faults)
    {
        var whole = pod.Context.Flag("runAsNonRoot");
        var denied = pod.Named(container => container.Flag("securityContext", "runAsNonRoot") == false);
        var unset = whole == true ? [] : pod.Named(container => container.Flag("securityContext", "runAsNonRoot") is null);
        string[] why =
        [
            .. whole == false ? new[] { "pod must not set securityContext.runAsNonRoot=false" } : [],
            .. denied.Length > 0 ? new[] { $"{SecuredPod.Names("container", denied)} must not set securityContext.runAsNonRoot=false" } : [],
        ];
        if (why.Length > 0) faults.Add($"runAsNonRoot != true ({string.Join("; ", why)})");
        else if (unset.Length > 0) faults.Add($"runAsNonRoot != true (pod or {SecuredPod.Names("container", unset)} must set securityContext.runAsNonRoot=true)");
        pod.Report(faults, "runAsUser=0", "must not set runAsUser=0", context => context.Number("runAsUser") == 0, podToo: true);
    }

    private static void Seccomp(SecuredPod pod, List<string> faults)
    {
        var whole = pod.Context.Text("seccompProfile", "type");
        var wrong = pod.Named(container => container.Text("securityContext", "seccompProfile", "type") is not ("" or "RuntimeDefault" or "Localhost"));
        var unset = pod.Named(container => container.Text("securityContext", "seccompProfile", "type").Length == 0);
        string[] why =
        [
            .. whole is not ("" or "RuntimeDefault" or "Localhost") ? new[] { $"pod must not set securityContext.seccompProfile.type to \"{whole}\"" } : [],
            .. wrong.Length > 0 ? new[] { $"{SecuredPod.Names("container", wrong)} must not set securityContext.seccompProfile.type to \"Unconfined\"" } : [],
        ];
        if (why.Length > 0) faults.Add($"seccompProfile ({string.Join("; ", why)})");
        else if (whole.Length == 0 && unset.Length > 0) faults.Add($"seccompProfile (pod or {SecuredPod.Names("container", unset)} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")");
    }

    private static bool HasHost(JsonObject? handler) => handler is not null && (handler.Text("httpGet", "host") is not ("" or "127.0.0.1" or "::1") || handler.Text("tcpSocket", "host") is not ("" or "127.0.0.1" or "::1"));

    private static bool IsFreeProfile(string profile) => profile is "" or "runtime/default" || profile.StartsWith("localhost/", StringComparison.Ordinal);
}
