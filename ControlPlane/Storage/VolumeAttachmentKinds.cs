using ControlPlane.Catalogue;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Storage;

/// <summary>What attaches volumes, and the classes of what can be changed of them.</summary>
internal static class VolumeAttachmentKinds
{
    public static KindDefinition Attachments { get; } = KindOf.Cluster<V1VolumeAttachment>() with
    {
        HasStatus = true,
        Rules = [FieldRule.Required("spec.attacher"), FieldRule.Required("spec.nodeName"), FieldRule.Required("spec.source")],
        Columns =
        [
            Name,
            Field("Attacher", "", "spec", "attacher"),
            Field("PV", "", "spec", "source", "persistentVolumeName"),
            Field("Node", "", "spec", "nodeName"),
            new("Attached", "boolean", row => row.Object.Flag("status", "attached") ?? false),
            Age,
        ],
    };

    public static KindDefinition AttributesClasses { get; } = KindOf.Cluster<V1VolumeAttributesClass>("vac") with
    {
        Rules = [FieldRule.Required("driverName")],
        Columns = [Name, Field("DriverName", "", "driverName"), Age],
    };
}
