using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;

namespace ControlPlane.Scheduling.PriorityClasses;

/// <summary>How PriorityClasses are written.</summary>
public sealed class PriorityClassStrategy : KindStrategy
{
    private const long HighestOfUsers = 1_000_000_000;

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object) => @object.Default("preemptionPolicy", "PreemptLowerPriority");

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var name = @object.Metadata().Text("name");
        if (@object.Number("value") > HighestOfUsers && !name.StartsWith("system-", StringComparison.Ordinal))
        {
            errors.Forbidden("value", $"maximum allowed value of a user defined priority is {HighestOfUsers}");
        }
        if (@object.Text("preemptionPolicy") is not ("Never" or "PreemptLowerPriority")) errors.NotSupported("preemptionPolicy", @object["preemptionPolicy"], "Never", "PreemptLowerPriority");
    }

    /// <inheritdoc/>
    public override void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        foreach (var member in (ReadOnlySpan<string>)["value", "preemptionPolicy"])
        {
            if (!JsonNode.DeepEquals(updated[member], current[member])) errors.Forbidden(member, "may not be changed in an update.");
        }
    }
}
