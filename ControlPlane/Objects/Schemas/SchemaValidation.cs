using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Objects.Schemas;

/// <summary>
/// Holds values against the constraints of their schema, with the paths and the wording of Kubernetes' validation of custom resources. Types are
/// the decoder's matter. Nothing is done below a schema without constraints.
/// </summary>
public static class SchemaValidation
{
    /// <summary>Adds every fault of an object.</summary>
    public static void Validate(JsonObject @object, Schema schema, FieldErrors errors) => Value(@object, schema, null, errors);

    private static void Value(JsonNode? value, Schema schema, FieldPath? path, FieldErrors errors)
    {
        if (value is null || !schema.IsConstrained) return;
        if (schema.Constraints is { } constraints) Check(value, schema, constraints, path, errors);
        switch (schema.Type, value)
        {
            case (SchemaType.Object, JsonObject members):
                foreach (var field in schema.ConstrainedFields) Value(members[field.Name], field.Schema, At(path, field.Name), errors);
                break;
            case (SchemaType.Map, JsonObject map):
                foreach (var (name, item) in map) Value(item, schema.Items!, path?.Key(name) ?? FieldPath.Of(name), errors);
                break;
            case (SchemaType.Array, JsonArray list):
                for (var i = 0; i < list.Count; i++) Value(list[i], schema.Items!, path!.Item(i), errors);
                break;
        }
    }

    private static void Check(JsonNode value, Schema schema, SchemaConstraints constraints, FieldPath? path, FieldErrors errors)
    {
        if (!constraints.Enum.IsEmpty && !constraints.Enum.Any(allowed => JsonNode.DeepEquals(JsonNode.Parse(allowed), value)))
        {
            errors.NotSupported(Text(path), value, [.. constraints.Enum.Select(allowed => JsonNode.Parse(allowed).TextOf() ?? allowed)]);
        }
        switch (value)
        {
            case JsonObject members:
                Members(members, constraints, path, errors);
                break;
            case JsonArray list:
                List(list, schema, constraints, path, errors);
                break;
            case JsonValue scalar when scalar.GetValueKind() == JsonValueKind.Number:
                Number(scalar, constraints, path, errors);
                break;
            default:
                if (value.TextOf() is { } text) Characters(text, schema, constraints, path, errors);
                break;
        }
        Combined(value, constraints, path, errors);
    }

    private static void Members(JsonObject members, SchemaConstraints constraints, FieldPath? path, FieldErrors errors)
    {
        foreach (var name in constraints.Required)
        {
            if (!members.ContainsKey(name)) errors.Required(At(path, name));
        }
        if (members.Count > constraints.MaxProperties) errors.TooMany(Text(path), members.Count, constraints.MaxProperties.Value);
        if (members.Count < constraints.MinProperties) Bad(members, path, $"should have at least {constraints.MinProperties} properties", errors);
    }

    private static void List(JsonArray list, Schema schema, SchemaConstraints constraints, FieldPath? path, FieldErrors errors)
    {
        if (list.Count > constraints.MaxItems) errors.TooMany(Text(path), list.Count, constraints.MaxItems.Value);
        if (list.Count < constraints.MinItems) errors.Invalid(Text(path), list.Count, $"{Text(path)} in body should have at least {constraints.MinItems} items");
        if (!constraints.UniqueItems) return;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < list.Count; i++)
        {
            var identity = Identity(list[i], schema);
            if (!seen.Add(identity.ToJsonString())) errors.Duplicate(path!.Item(i), identity);
        }
    }

    private static JsonNode Identity(JsonNode? item, Schema list)
    {
        if (list.Semantic.ListMapKeys.IsDefaultOrEmpty || item is not JsonObject members) return item?.DeepClone() ?? new JsonObject();
        var keys = new JsonObject();
        foreach (var key in list.Semantic.ListMapKeys)
        {
            var given = members[key]?.DeepClone() ?? (list.Items?.Field(key)?.Default is { } text ? JsonNode.Parse(text) : null);
            if (given is not null) keys[key] = given;
        }
        return keys;
    }

    private static void Number(JsonValue value, SchemaConstraints constraints, FieldPath? path, FieldErrors errors)
    {
        var number = double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);
        if (constraints.Minimum is { } least && (number < least || (constraints.ExclusiveMinimum && number == least)))
        {
            Bad(value, path, $"should be greater than {(constraints.ExclusiveMinimum ? "" : "or equal to ")}{Text(least)}", errors);
        }
        if (constraints.Maximum is { } most && (number > most || (constraints.ExclusiveMaximum && number == most)))
        {
            Bad(value, path, $"should be less than {(constraints.ExclusiveMaximum ? "" : "or equal to ")}{Text(most)}", errors);
        }
        if (constraints.MultipleOf is { } factor && Math.Abs(number / factor - Math.Round(number / factor)) > 1e-9) Bad(value, path, $"should be a multiple of {Text(factor)}", errors);
    }

    private static void Characters(string text, Schema schema, SchemaConstraints constraints, FieldPath? path, FieldErrors errors)
    {
        var length = text.EnumerateRunes().Count();
        if (length > constraints.MaxLength) errors.TooLong(Text(path), (int)constraints.MaxLength.Value);
        if (length < constraints.MinLength) Bad(text, path, $"should be at least {constraints.MinLength} chars long", errors);
        if (constraints.Pattern is { } pattern && !pattern.IsMatch(text)) Bad(text, path, $"should match '{pattern}'", errors);
        if (!SchemaFormats.Fits(text, schema.Format)) errors.Invalid(Text(path), text, $"{Text(path)} in body must be of type {schema.Format}: \"{text}\"");
    }

    private static void Combined(JsonNode value, SchemaConstraints constraints, FieldPath? path, FieldErrors errors)
    {
        foreach (var part in constraints.AllOf) Value(value, part, path, errors);
        if (!constraints.AnyOf.IsEmpty && constraints.AnyOf.All(part => !Fits(value, part, path)))
        {
            errors.Invalid(Text(path), Shown(value), $"\"{Text(path)}\" must validate at least one schema (anyOf)");
        }
        if (!constraints.OneOf.IsEmpty && constraints.OneOf.Count(part => Fits(value, part, path)) is var fitting and not 1)
        {
            errors.Invalid(Text(path), Shown(value), $"\"{Text(path)}\" must validate one and only one schema (oneOf). Found {(fitting == 0 ? "none" : fitting)} valid");
        }
        if (constraints.Not is { } not && Fits(value, not, path)) errors.Invalid(Text(path), Shown(value), $"\"{Text(path)}\" must not validate the schema (not)");
    }

    private static bool Fits(JsonNode value, Schema schema, FieldPath? path)
    {
        if (!HasType(value, schema.Type)) return false;
        var errors = new FieldErrors();
        Value(value, schema, path, errors);
        return !errors.Any;
    }

    /// <summary>Whether a branch that asks for a type is asked about one of that type.</summary>
    private static bool HasType(JsonNode value, SchemaType type) => type switch
    {
        SchemaType.String or SchemaType.DateTime or SchemaType.Bytes => value.GetValueKind() == JsonValueKind.String,
        SchemaType.Int32 or SchemaType.Int64 or SchemaType.Number => value.GetValueKind() == JsonValueKind.Number,
        SchemaType.Boolean => value.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        SchemaType.Array => value is JsonArray,
        SchemaType.Map => value is JsonObject,
        _ => true,
    };

    private static void Bad(JsonNode value, FieldPath? path, string what, FieldErrors errors) => errors.Invalid(Text(path), Shown(value), $"{Text(path)} in body {what}");

    private static JsonNode Shown(JsonNode value) => value is JsonValue ? value.DeepClone() : value is JsonArray ? "array" : "object";

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(FieldPath? path) => path?.ToString() ?? "";

    private static FieldPath At(FieldPath? path, string member) => path?.Child(member) ?? FieldPath.Of(member);
}
