using ControlPlane.Catalogue;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Workloads.PodTemplates;

/// <summary>PodTemplates.</summary>
internal static class PodTemplateKind
{
    public static KindDefinition Definition { get; } = KindOf.Namespaced<V1PodTemplate>() with
    {
        Strategy = new PodTemplateStrategy(),
        Columns =
        [
            Name,
            Text("Containers", template => TemplateColumns.Names(template.At("template", "spec"), "name")),
            Text("Images", template => TemplateColumns.Names(template.At("template", "spec"), "image")),
            Text("Pod Labels", template => Labels(template.At("template", "metadata", "labels"))),
        ],
    };
}
