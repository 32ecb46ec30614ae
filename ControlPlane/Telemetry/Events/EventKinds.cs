using System.Collections.Immutable;
using ControlPlane.Catalogue;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;
using k8s.Models;

namespace ControlPlane.Telemetry.Events;

/// <summary>Events: core v1, which is stored, and events.k8s.io/v1.</summary>
internal static class EventKinds
{
    private static readonly ImmutableArray<string> Parts = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"];

    public static KindDefinition Core { get; } = Common(KindOf.Namespaced<Corev1Event>("ev"), "involvedObject");

    public static KindDefinition Events { get; } = Common(KindOf.Namespaced<Eventsv1Event>("ev"), "regarding") with
    {
        Storage = new GroupResource("", "events"),
        Conversion = new EventConversion(),
    };

    private static KindDefinition Common(KindDefinition kind, string about) => kind with
    {
        Strategy = new EventStrategy(),
        Columns = EventColumns.All,
        SelectableFields =
        [
            .. Parts.Select(part => SelectableField.Named($"{about}.{part}", "", $"involvedObject.{part}")),
            SelectableField.At("reason"),
            SelectableField.At("type"),
            SelectableField.At("reportingComponent"),
            SelectableField.Named("reportingController", "", "reportingComponent"),
            SelectableField.Named("source", "", "source.component", "reportingComponent"),
        ],
    };
}
