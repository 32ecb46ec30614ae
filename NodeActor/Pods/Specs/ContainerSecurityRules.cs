using System.Collections.Immutable;
using k8s.Models;
using NodeActor.Pods.Machine;
using NodeActor.Runtime;

namespace NodeActor.Pods.Specs;

/// <summary>Who a container's process is: its own security context over the pod's.</summary>
internal static class ContainerSecurityRules
{
    /// <exception cref="SpecException">It must not run as root and would.</exception>
    public static ContainerSecurity Build(PodDefinition pod, ContainerDefinition container, RuntimeImage image)
    {
        var own = container.Spec.SecurityContext;
        var shared = pod.Spec.SecurityContext;
        var user = own?.RunAsUser ?? shared?.RunAsUser;
        var group = own?.RunAsGroup ?? shared?.RunAsGroup;
        RefuseRoot(own?.RunAsNonRoot ?? shared?.RunAsNonRoot ?? false, user, container, image);
        var profile = own?.SeccompProfile ?? shared?.SeccompProfile;
        return new()
        {
            Privileged = own?.Privileged == true,
            ReadOnlyRoot = own?.ReadOnlyRootFilesystem == true,
            NoNewPrivileges = own?.AllowPrivilegeEscalation == false,
            // The CRI refuses a group without a user, so the image's own user is named.
            RunAsUser = user ?? (group is null || image.UserName.Length > 0 ? null : image.Uid ?? 0),
            RunAsUserName = user is null && group is not null ? image.UserName : "",
            RunAsGroup = group,
            SupplementalGroups = Groups(shared),
            AddCapabilities = [.. own?.Capabilities?.Add ?? []],
            DropCapabilities = [.. own?.Capabilities?.Drop ?? []],
            UnmaskedProc = own?.ProcMount == "Unmasked",
            Seccomp = profile is null ? new("Unconfined", "") : new(profile.Type, profile.LocalhostProfile ?? ""),
        };
    }

    /// <summary>The pod's supplemental groups and its fsGroup.</summary>
    public static ImmutableArray<long> Groups(V1PodSecurityContext? context) =>
        [.. (context?.SupplementalGroups ?? []).OfType<long>(), .. context?.FsGroup is { } group ? [group] : Array.Empty<long>()];

    private static void RefuseRoot(bool nonRoot, long? user, ContainerDefinition container, RuntimeImage image)
    {
        if (!nonRoot) return;
        if (user == 0) throw new SpecException("container's runAsUser breaks non-root policy");
        if (user is not null) return;
        if (image.UserName.Length > 0)
        {
            throw new SpecException($"container has runAsNonRoot and image has non-numeric user ({image.UserName}), cannot verify user is non-root (container: {container.Name})");
        }
        if (image.Uid is null or 0) throw new SpecException($"container has runAsNonRoot and image will run as root (container: {container.Name})");
    }
}
