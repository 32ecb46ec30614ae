using System.Text.Json.Nodes;

namespace ControlPlane.Objects;

/// <summary>Validation of a change by what changes: a fault that was there before is no fault of the change.</summary>
internal static class Ratcheting
{
    /// <summary>Adds the faults of a changed object that it did not have before, at the same place and in the same words.</summary>
    public static void Validate(JsonObject updated, JsonObject current, KindDefinition kind, FieldErrors errors)
    {
        var found = new FieldErrors();
        kind.Validate(updated, found);
        if (!found.Any) return;
        var before = new FieldErrors();
        kind.Validate(current, before);
        errors.AddRange(found.Causes.Except(before.Causes));
    }
}
