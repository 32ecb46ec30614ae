using System.Text.Json.Nodes;

namespace ControlPlane.Objects;

/// <summary>The rules of <c>metadata</c> that hold for every kind.</summary>
public static class ObjectMetaValidation
{
    /// <summary>Adds every fault of the metadata of a new object.</summary>
    public static void Validate(JsonObject @object, KindDefinition kind, FieldErrors errors)
    {
        if (@object.Metadata().Text("name").Length == 0) errors.Required("metadata.name", "name or generateName is required");
    }

    /// <summary>Adds every fault of changed metadata, and every change that is not allowed.</summary>
    public static void ValidateUpdate(JsonObject updated, JsonObject current, KindDefinition kind, FieldErrors errors) => Validate(updated, kind, errors);
}
