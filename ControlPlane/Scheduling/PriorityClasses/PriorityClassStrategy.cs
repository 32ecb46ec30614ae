using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Json;

namespace ControlPlane.Scheduling.PriorityClasses;

/// <summary>How PriorityClasses are written.</summary>
public sealed class PriorityClassStrategy : KindStrategy
{
    private const long HighestOfUsers = 1_000_000_000;

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var name = @object.Metadata().Text("name");
        if (name.StartsWith(SystemPriorityClasses.Prefix, StringComparison.Ordinal))
        {
            if (!SystemPriorityClasses.IsKnown(name, @object.Number("value"))) errors.Forbidden("metadata.name", "priority class names with 'system-' prefix are reserved for system use only");
        }
        else if (@object.Number("value") > HighestOfUsers)
        {
            errors.Forbidden("value", $"maximum allowed value of a user defined priority is {HighestOfUsers}");
        }
    }
}
