using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace ControlPlane.Objects.Validation;

/// <summary>How a kind is written of which no more is checked than that some fields are there.</summary>
/// <param name="fields">The fields, each as a dotted path from the root.</param>
public sealed class RequiredFieldsStrategy(params ReadOnlySpan<string> fields) : KindStrategy
{
    private readonly ImmutableArray<string[]> _fields = [.. Split(fields)];

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        foreach (var steps in _fields)
        {
            JsonNode? at = @object;
            foreach (var step in steps) at = (at as JsonObject)?[step];
            if (at is null or JsonArray { Count: 0 } || at.TextOf() is "") errors.Required(string.Join('.', steps));
        }
    }

    private static string[][] Split(ReadOnlySpan<string> fields)
    {
        var split = new string[fields.Length][];
        for (var i = 0; i < fields.Length; i++) split[i] = fields[i].Split('.');
        return split;
    }
}
