using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Catalogue.Schemas;
using ControlPlane.Objects;
using ControlPlane.Objects.Schemas;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Schemas;

/// <summary>A kind that no model describes: it comes from a structural schema, as a definition of a custom resource brings one.</summary>
internal static class Widgets
{
    public const string Definition = """
        {
          "type": "object", "description": "A widget.", "required": ["spec"],
          "properties": {
            "spec": {
              "type": "object", "required": ["size"],
              "properties": {
                "size": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 10},
                "color": {"type": "string", "enum": ["red", "green"], "default": "red"},
                "code": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 4},
                "limit": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]},
                "extra": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"known": {"type": "boolean"}}},
                "note": {"type": "string", "nullable": true},
                "at": {"type": "string", "format": "date-time"},
                "address": {"type": "string", "format": "ipv4"},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "ports": {
                  "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "protocol"],
                  "items": {
                    "type": "object", "required": ["port"],
                    "properties": {"port": {"type": "integer"}, "protocol": {"type": "string", "default": "TCP"}, "name": {"type": "string"}}
                  }
                },
                "template": {"type": "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true}
              },
              "oneOf": [{"required": ["code"]}, {"required": ["color"]}]
            },
            "status": {"type": "object", "properties": {"ready": {"type": "boolean"}}}
          }
        }
        """;

    public static readonly GroupVersionKind Gvk = new("shop.example.com", "v1", "Widget");

    public static KindDefinition Kind { get; } = Of(Definition);

    /// <summary>The kinds a control plane starts with, and widgets.</summary>
    public static CatalogueSnapshot Catalogue { get; } = TestCatalogue.Default.With([Kind]);

    public static KindDefinition Of(string definition)
    {
        var schema = StructuralSchema.Read(JsonNode.Parse(definition)!.AsObject(), Gvk, "openAPIV3Schema", out var faults);
        Assert.Empty(faults);
        return new()
        {
            Group = Gvk.Group,
            Version = Gvk.Version,
            Kind = Gvk.Kind,
            Plural = "widgets",
            Namespaced = true,
            ShortNames = ["wd"],
            HasStatus = true,
            Schema = schema,
            ListSchema = StructuralSchema.ListOf(schema, Gvk),
        };
    }

    public static ImmutableArray<StatusCause> Faults(string definition) => Faults(JsonNode.Parse(definition)!.AsObject());

    public static ImmutableArray<StatusCause> Faults(JsonObject definition)
    {
        StructuralSchema.Read(definition, Gvk, "openAPIV3Schema", out var faults);
        return faults;
    }

    /// <summary>Decodes a widget with a spec.</summary>
    public static DecodeOutcome Decode(string spec, FieldValidation mode = FieldValidation.Warn, string contentType = "application/json") =>
        ObjectDecoder.Decode(Encoding.UTF8.GetBytes(contentType.Contains("yaml", StringComparison.Ordinal) ? $"metadata:\n  name: w\nspec: {spec}" : $$"""{"metadata":{"name":"w"},"spec":{{spec}}}"""), contentType, Kind, mode);

    /// <summary>The spec of a widget after decoding; fails if it is refused.</summary>
    public static JsonObject Spec(string spec)
    {
        var decoded = Decode(spec);
        Assert.True(decoded.Rejection is null, decoded.Rejection?.Message);
        return decoded.Object!["spec"]!.AsObject();
    }
}
