using System.Text.Json.Nodes;

namespace ControlPlane.Objects.Schemas;

/// <summary>Gives absent fields the values their schema names. Nothing is done below a schema without defaults.</summary>
public static class SchemaDefaults
{
    /// <summary>Sets the defaults of a value and of what lies below it, in place.</summary>
    public static void Apply(JsonNode? value, Schema schema)
    {
        if (value is null || !schema.HasDefaults) return;
        switch (schema.Type, value)
        {
            case (SchemaType.Object, JsonObject members):
                foreach (var field in schema.DefaultedFields)
                {
                    if (field.Default is { } text && !members.ContainsKey(field.Name)) members[field.Name] = JsonNode.Parse(text);
                    Apply(members[field.Name], field.Schema);
                }
                break;
            case (SchemaType.Map, JsonObject map):
                foreach (var (_, item) in map) Apply(item, schema.Items!);
                break;
            case (SchemaType.Array, JsonArray list):
                foreach (var item in list) Apply(item, schema.Items!);
                break;
        }
    }
}
