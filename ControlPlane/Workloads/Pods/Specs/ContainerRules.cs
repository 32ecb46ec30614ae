using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Workloads.Pods.Specs;

/// <summary>What one container must look like.</summary>
internal static class ContainerRules
{
    public static void Validate(JsonObject container, IReadOnlySet<string> volumes, FieldPath path, FieldErrors errors)
    {
        Image(container, path, errors);
        FieldRules.OneOf(container, "imagePullPolicy", path, errors, "Always", "IfNotPresent", "Never");
        FieldRules.OneOf(container, "terminationMessagePolicy", path, errors, "FallbackToLogsOnError", "File");
        Ports(container, path.Child("ports"), errors);
        EnvironmentRules.Validate(container, path, errors);
        VolumeMountRules.Validate(container, volumes, path, errors);
        ResourceRules.Validate(container.Child("resources"), path.Child("resources"), errors);
        SecurityContextRules.ValidateContainer(container.Child("securityContext"), path.Child("securityContext"), errors);
        ProbeRules.Validate(container, path, errors);
    }

    /// <summary>A container that runs to its end before the others start has no life to watch, unless it stays as a sidecar.</summary>
    public static void ValidateInit(JsonObject container, FieldPath path, FieldErrors errors)
    {
        FieldRules.OneOf(container, "restartPolicy", path, errors, "Always");
        if (container.Text("restartPolicy") == "Always") return;
        foreach (var member in (ReadOnlySpan<string>)["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"])
        {
            if (container.Has(member)) errors.Forbidden(path.Child(member), "may not be set for init containers without restartPolicy=Always");
        }
    }

    public static void Image(JsonObject container, FieldPath path, FieldErrors errors)
    {
        var image = container.Text("image");
        if (image.Length == 0) errors.Required(path.Child("image"));
        else if (image.Trim().Length != image.Length) errors.Invalid(path.Child("image"), image, "must not have leading or trailing whitespace");
    }

    private static void Ports(JsonObject container, FieldPath path, FieldErrors errors)
    {
        if (container.List("ports") is not { } ports) return;
        var names = new HashSet<string>();
        for (var i = 0; i < ports.Count; i++)
        {
            if (ports[i] is not JsonObject port) continue;
            var at = path.Item(i);
            FieldRules.Optional(port, "name", at, errors, PortSyntax.Name);
            if (port.Text("name") is { Length: > 0 } name && !names.Add(name)) errors.Duplicate(at.Child("name"), name);
            if (port.Number("containerPort") is not ({ } number and not 0)) errors.Required(at.Child("containerPort"));
            else if (PortSyntax.Number(number) is { } fault) errors.Invalid(at.Child("containerPort"), number, fault);
            if (port.Number("hostPort") is { } host and not 0 && PortSyntax.Number(host) is { } badHost) errors.Invalid(at.Child("hostPort"), host, badHost);
            FieldRules.OneOf(port, "protocol", at, errors, "SCTP", "TCP", "UDP");
            if (port.Text("hostIP").Length > 0) FieldRules.Address(port["hostIP"], at.Child("hostIP"), errors);
        }
    }
}
