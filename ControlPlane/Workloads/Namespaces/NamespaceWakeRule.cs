using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Workloads.Namespaces;

/// <summary>
/// Something gone wakes its namespace, if that is waiting to be empty or the thing was one of those every namespace has; something new wakes a
/// namespace that is waiting to be empty.
/// </summary>
public sealed class NamespaceWakeRule : IWakeRule
{
    /// <inheritdoc/>
    public void Wake(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys)
    {
        var key = change.Object.Key;
        if (key.Namespace.Length == 0 || !(change.Deleted || change.Previous is null)) return;
        var owner = new ObjectKey("", "namespaces", "", key.Namespace);
        var furniture = key is { Group: "", Resource: "serviceaccounts", Name: "default" } or { Group: "", Resource: "configmaps", Name: "kube-root-ca.crt" };
        if ((change.Deleted && furniture) || view.Get(owner) is { Header.DeletionTimestamp: not null }) keys.Add(owner);
    }
}
