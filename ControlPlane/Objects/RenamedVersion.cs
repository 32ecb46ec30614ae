using System.Text.Json.Nodes;

namespace ControlPlane.Objects;

/// <summary>The conversion of kinds whose versions differ in their name only.</summary>
internal sealed class RenamedVersion : IVersionConversion
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JsonObject>> Convert(IReadOnlyList<JsonObject> objects, string from, string to)
    {
        foreach (var @object in objects) @object["apiVersion"] = to;
        return new(objects);
    }
}
