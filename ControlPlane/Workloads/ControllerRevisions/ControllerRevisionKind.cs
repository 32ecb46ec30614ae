using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Workloads.ControllerRevisions;

/// <summary>ControllerRevisions: what a set's template once was.</summary>
internal static class ControllerRevisionKind
{
    public static KindDefinition Definition { get; } = KindOf.Namespaced<V1ControllerRevision>() with
    {
        Columns = [Name, Text("Controller", Controller), Count("Revision", "revision"), Age],
    };

    private static string Controller(JsonObject revision)
    {
        var owner = revision.Items("metadata", "ownerReferences").FirstOrDefault(reference => reference.Flag("controller") == true);
        if (owner is null) return None;
        var group = owner.Text("apiVersion") is var version && version.Contains('/', StringComparison.Ordinal) ? $".{version.Split('/')[0]}" : "";
        return $"{owner.Text("kind").ToLowerInvariant()}{group}/{owner.Text("name")}";
    }
}
