using ControlPlane.Objects;

namespace ControlPlane.Nodes.Drains;

/// <summary>Says from which revision on no endpoint lists a pod as ready.</summary>
public interface IEndpointDrain
{
    /// <summary>
    /// The revision a proxy must have applied to send the pod nothing new; null: an endpoint still lists it as ready. It depends on the pod and on the Services and
    /// EndpointSlices of its namespace; once it is there it stays valid.
    /// </summary>
    long? DrainedAt(StoredObject pod, IObjectView view);
}
