using Shared.Api;

namespace ControlPlane.Objects;

/// <summary>Says which objects a change concerns besides itself and its owner: a pod's Services, a Namespace that is waiting to be empty.</summary>
public interface IWakeRule
{
    /// <summary>Adds the keys of the objects whose plans depend on the changed object. Runs for every change, off the cache's lock, so the view may be newer than the change.</summary>
    void Wake(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys);
}
