using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Workloads.Pods.Specs;

/// <summary>What the containers of a pod must look like together: names that differ, host ports that do not clash.</summary>
internal static class ContainerListRules
{
    public static void Validate(JsonObject spec, IReadOnlySet<string> volumes, FieldPath path, FieldErrors errors)
    {
        var names = new HashSet<string>();
        var hostPorts = new HashSet<(long, string, string)>();
        var hostNetwork = spec.Flag("hostNetwork") == true;
        if (!spec.HasElements("containers")) errors.Required(path.Child("containers"));
        Each("containers", init: false);
        Each("initContainers", init: true);
        Each("ephemeralContainers", init: false);

        void Each(string list, bool init)
        {
            if (spec.List(list) is not { } containers) return;
            for (var i = 0; i < containers.Count; i++)
            {
                if (containers[i] is not JsonObject container) continue;
                var at = path.Child(list).Item(i);
                FieldRules.Named(container, "name", at, errors, NameSyntax.DnsLabel);
                if (container.Text("name") is { Length: > 0 } name && !names.Add(name)) errors.Duplicate(at.Child("name"), name);
                ContainerRules.Validate(container, volumes, at, errors);
                if (init) ContainerRules.ValidateInit(container, at, errors);
                else if (list == "containers") FieldRules.OneOf(container, "restartPolicy", at, errors, "Always", "Never", "OnFailure");
                HostPorts(container, hostPorts, hostNetwork, at.Child("ports"), errors, clash: !init);
            }
        }
    }

    private static void HostPorts(JsonObject container, HashSet<(long, string, string)> taken, bool hostNetwork, FieldPath path, FieldErrors errors, bool clash)
    {
        var index = 0;
        foreach (var port in container.Objects("ports"))
        {
            var at = path.Item(index++);
            if (port.Number("hostPort") is not ({ } number and not 0)) continue;
            if (hostNetwork && number != port.Number("containerPort"))
            {
                errors.Invalid(at.Child("containerPort"), port["containerPort"]?.DeepClone(), "must match `hostPort` when `hostNetwork` is true");
            }
            if (clash && !taken.Add((number, port.Text("protocol"), port.Text("hostIP")))) errors.Duplicate(at.Child("hostPort"), $"{number}/{port.Text("protocol")}");
        }
    }
}
