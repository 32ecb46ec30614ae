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
        if (@object.Number("value") > HighestOfUsers && !name.StartsWith("system-", StringComparison.Ordinal))
        {
            errors.Forbidden("value", $"maximum allowed value of a user defined priority is {HighestOfUsers}");
        }
    }
}
