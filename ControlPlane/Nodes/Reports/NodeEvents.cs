using ControlPlane.Entities;
using ControlPlane.Objects;
using Shared.Protocol;

namespace ControlPlane.Nodes.Reports;

/// <summary>Records what agents tell of their pods and of themselves; what they say of anything else is passed over.</summary>
internal static class NodeEvents
{
    public static void Record(RecordEvents request, ObjectServices services)
    {
        foreach (var told in request.Events)
        {
            if (!Concerns(told, request, services.Cache)) continue;
            var about = new ObjectReference("v1", told.Kind, told.Namespace, told.Name, told.Uid, told.FieldPath);
            services.Events.Record(new(about, told.Type == "Warning" ? "Warning" : "Normal", told.Reason, told.Message, "kubelet", request.Node.Value));
        }
    }

    private static bool Concerns(NodeEvent told, RecordEvents request, IObjectView view) => told.Kind switch
    {
        "Node" => told.Name == request.Node.Value,

        // Of a pod that is already gone nobody can say where it was; its events are still wanted.
        "Pod" => view.Get(new("", "pods", told.Namespace, told.Name)) is not { } pod || pod.Header.NodeName == request.Node.Value,
        _ => false,
    };
}
