using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;

namespace ControlPlane.Storage;

/// <summary>How CSIDrivers are written.</summary>
public sealed class CsiDriverStrategy : KindStrategy
{
    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        var spec = @object.DefaultChild("spec");
        spec.Default("attachRequired", true);
        spec.Default("podInfoOnMount", false);
        spec.Default("storageCapacity", false);
        spec.Default("requiresRepublish", false);
        spec.Default("seLinuxMount", false);
        spec.Default("fsGroupPolicy", "ReadWriteOnceWithFSType");
        if (!spec.HasElements("volumeLifecycleModes")) spec["volumeLifecycleModes"] = new JsonArray("Persistent");
    }
}
