using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.CustomResources;

/// <summary>An object that is gone wakes its definition, if that waits for it; a definition that changes or goes wakes the others of its group, whose names it may have had.</summary>
public sealed class DefinitionWakeRule : IWakeRule
{
    /// <inheritdoc/>
    public void Wake(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys)
    {
        var key = change.Object.Key;
        if (key.GroupResource == CustomKinds.Definitions)
        {
            if (change.Previous is { } before && !change.Deleted && before.Header.Generation == change.Object.Header.Generation) return;
            var group = $".{GroupOf(key.Name)}";
            foreach (var other in view.List(CustomKinds.Definitions).Objects)
            {
                if (other.Key != key && other.Key.Name.EndsWith(group, StringComparison.Ordinal)) keys.Add(other.Key);
            }
        }
        else if (change.Deleted && key.Group.Contains('.', StringComparison.Ordinal))
        {
            var definition = new ObjectKey(CustomKinds.Definitions.Group, CustomKinds.Definitions.Resource, "", $"{key.Resource}.{key.Group}");
            if (view.Get(definition) is { Header.DeletionTimestamp: not null }) keys.Add(definition);
        }
    }

    private static string GroupOf(string name) => name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..];
}
