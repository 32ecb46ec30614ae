using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Workloads;

/// <summary>A namespace that is being deleted: what it holds is deleted one by one, and pods that a controller makes there would only keep it from ending.</summary>
internal static class EndingNamespace
{
    /// <summary>Whether the object's namespace is one.</summary>
    public static bool Holds(StoredObject self, IObjectView view) => view.Get(new ObjectKey("", "namespaces", "", self.Key.Namespace)) is { Header.DeletionTimestamp: not null };
}
