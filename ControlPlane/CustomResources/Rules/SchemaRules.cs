using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Expressions;
using ControlPlane.Expressions.Types;
using ControlPlane.Objects;
using ControlPlane.Objects.Schemas;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.CustomResources.Rules;

/// <summary>The rules of a schema, as a tree beside it that has only the places with rules at or below them. Immutable.</summary>
internal sealed class SchemaRules
{
    private readonly ImmutableArray<SchemaRule> _rules;
    private readonly ImmutableArray<KeyValuePair<string, SchemaRules>> _fields;
    private readonly SchemaRules? _items;
    private readonly ImmutableArray<string> _keys;

    private SchemaRules(ImmutableArray<SchemaRule> rules, ImmutableArray<KeyValuePair<string, SchemaRules>> fields, SchemaRules? items, ImmutableArray<string> keys) =>
        (_rules, _fields, _items, _keys) = (rules, fields, items, keys);

    /// <summary>Reads the rules of a structural schema; null where there are none.</summary>
    /// <param name="node">The schema as it is written.</param>
    /// <param name="schema">The schema as it was read.</param>
    /// <param name="path">Where it stands, for the faults.</param>
    /// <param name="errors">Takes what is wrong with rules.</param>
    public static SchemaRules? Read(JsonObject node, Schema schema, FieldPath path, FieldErrors errors) => Read(node, schema, isRoot: true, 1, path, errors);

    /// <summary>Adds the faults of a value and of all below it that do not keep their rules.</summary>
    /// <param name="value">The value.</param>
    /// <param name="old">What it was; null where it was not there, or nobody can tell which it was.</param>
    /// <param name="path">Where it stands; null for a whole object.</param>
    /// <param name="budget">What the rules of one object may cost together.</param>
    /// <param name="errors">Takes the faults.</param>
    public void Check(JsonNode? value, JsonNode? old, FieldPath? path, CelBudget budget, FieldErrors errors)
    {
        if (value is null) return;
        foreach (var rule in _rules)
        {
            if (budget.IsSpent) return;
            rule.Check(value, old, path, budget, errors);
        }
        foreach (var (name, rules) in _fields) rules.Check((value as JsonObject)?[name], (old as JsonObject)?[name], path?.Child(name) ?? FieldPath.Of(name), budget, errors);
        if (_items is null) return;
        if (value is JsonObject map)
        {
            foreach (var (name, item) in map) _items.Check(item, (old as JsonObject)?[name], path?.Key(name) ?? FieldPath.Of(name), budget, errors);
        }
        else if (value is JsonArray list)
        {
            for (var i = 0; i < list.Count; i++) _items.Check(list[i], Before(list[i], old as JsonArray), path!.Item(i), budget, errors);
        }
    }

    // Items can be followed through a change by their keys; without keys nobody can tell which is which.
    private JsonNode? Before(JsonNode? item, JsonArray? old) =>
        _keys.IsEmpty || old is null ? null : old.FirstOrDefault(before => _keys.All(key => JsonNode.DeepEquals(before.At(key), item.At(key))));

    private static SchemaRules? Read(JsonObject node, Schema schema, bool isRoot, long? times, FieldPath path, FieldErrors errors)
    {
        var (rules, index) = (ImmutableArray.CreateBuilder<SchemaRule>(), 0);
        foreach (var rule in node.Objects("x-kubernetes-validations")) rules.Add(new(rule, schema, isRoot, times, path.Child("x-kubernetes-validations").Item(index++), errors));
        var fields = ImmutableArray.CreateBuilder<KeyValuePair<string, SchemaRules>>();
        foreach (var (name, value) in node.Child("properties") ?? [])
        {
            if (value is JsonObject property && schema.Field(name) is { } field && Read(property, field.Schema, isRoot: false, times, path.Child("properties").Key(name), errors) is { } below) fields.Add(new(name, below));
        }
        var items = (node.Child("items") ?? node.Child("additionalProperties")) is { } each && schema.Items is { } itemSchema
            ? Read(each, itemSchema, isRoot: false, CelCosts.Below(CelType.Of(schema), times), path.Child(node.Has("items") ? "items" : "additionalProperties"), errors)
            : null;
        if (rules.Count == 0 && fields.Count == 0 && items is null) return null;
        return new(rules.DrainToImmutable(), fields.DrainToImmutable(), items, schema.Semantic.ListType == "map" ? schema.Semantic.ListMapKeys : []);
    }
}
