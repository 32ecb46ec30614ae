using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Admission.PodSecurity;

/// <summary>A pod's parts as the standards look at them, and how what is wrong with them is worded.</summary>
internal sealed class SecuredPod(JsonObject? metadata, JsonObject spec)
{
    public JsonObject? Metadata => metadata;
    public JsonObject Spec => spec;
    public JsonObject Context { get; } = spec.Child("securityContext") ?? [];

    /// <summary>All containers, those that begin first.</summary>
    public JsonObject[] Containers { get; } = [.. spec.Objects("initContainers"), .. spec.Objects("containers"), .. spec.Objects("ephemeralContainers")];
    public JsonObject[] Volumes { get; } = [.. spec.Objects("volumes")];
    public bool IsWindows => spec.Text("os", "name") == "windows";

    /// <summary>The names of the containers something is true of.</summary>
    public string[] Named(Func<JsonObject, bool> isTrue) => [.. Containers.Where(isTrue).Select(container => container.Text("name"))];

    /// <summary>Adds a fault if something forbidden is true of the security context of containers, or of the pod's.</summary>
    public void Report(List<string> faults, string rule, string what, Func<JsonObject, bool> isForbidden, bool podToo = false)
    {
        var containers = Named(container => container.Child("securityContext") is { } context && isForbidden(context));
        string[] who = [.. podToo && isForbidden(Context) ? new[] { "pod" } : [], .. containers.Length > 0 ? new[] { Names("container", containers) } : []];
        if (who.Length > 0) faults.Add($"{rule} ({string.Join(" and ", who)} {what})");
    }

    /// <summary>Adds a fault if containers have forbidden values.</summary>
    public void ReportValues(List<string> faults, string rule, string what, string where, Func<JsonObject, IEnumerable<string>> forbidden, bool quoted = true, string? plural = null)
    {
        var containers = Named(container => forbidden(container).Any());
        if (containers.Length == 0) return;
        var values = Containers.SelectMany(forbidden).Distinct().Order(StringComparer.Ordinal).Select(value => quoted ? $"\"{value}\"" : value).ToArray();
        var verb = plural is not null && (containers.Length > 1 || values.Length > 1) ? plural : what;
        faults.Add($"{rule} ({$"{Names("container", containers)} {verb} {string.Join(", ", values)} {where}".TrimEnd()})");
    }

    /// <summary>Names as Kubernetes lists them: <c>container "a"</c>, <c>containers "a", "b"</c>.</summary>
    public static string Names(string of, string[] names) => $"{of}{(names.Length == 1 ? "" : "s")} {string.Join(", ", names.Select(name => $"\"{name}\""))}";
}
