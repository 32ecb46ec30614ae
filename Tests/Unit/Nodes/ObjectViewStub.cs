using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;

namespace Tests.Unit.Nodes;

/// <summary>A view of a few given objects.</summary>
internal sealed class ObjectViewStub(params StoredObject[] objects) : IObjectView
{
    public long Revision => 1;

    public StoredObject? Get(in ObjectKey key)
    {
        var wanted = key;
        return objects.FirstOrDefault(found => found.Key == wanted);
    }

    public long NewestSequenceNr(in ObjectKey key) => throw new NotSupportedException();

    public ResourceSnapshot List(GroupResource resource) => throw new NotSupportedException();

    public IReadOnlyList<StoredObject> List(GroupResource resource, string @namespace) =>
        [.. objects.Where(found => found.Key.GroupResource == resource && found.Key.Namespace == @namespace)];

    public IReadOnlyCollection<StoredObject> OwnedBy(string uid) => [.. objects.Where(found => found.Header.Owners.Any(owner => owner.Uid == uid))];

    public IReadOnlyCollection<StoredObject> Uncontrolled(GroupResource resource, string @namespace) => throw new NotSupportedException();

    public IEnumerable<StoredObject> Selected(GroupResource resource, string @namespace, LabelSelector selector) => throw new NotSupportedException();

    public IReadOnlyCollection<StoredObject> PodsOn(string nodeName) => [.. objects.Where(found => found.Header.NodeName == nodeName)];
}
