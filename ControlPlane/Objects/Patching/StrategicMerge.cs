using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Objects.Patching;

/// <summary>Merges objects for a strategic merge patch. The patch stays as it was.</summary>
internal static class StrategicMerge
{
    public const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string ElementOrder = "$setElementOrder/";
    private const string DeleteFromList = "$deleteFromPrimitiveList/";

    /// <summary>The merged object, which is <paramref name="target"/> in place or a new one.</summary>
    /// <exception cref="PatchRefused">The patch breaks a rule of its format.</exception>
    public static JsonObject Merge(JsonObject target, JsonObject patch, PatchSchema schema)
    {
        if (patch.TryGetPropertyValue(Directive, out var directive))
        {
            return directive.Text() switch
            {
                "replace" => (JsonObject)WithoutDirectives(patch),
                "delete" => [],
                "merge" => MergeMembers(target, patch, schema),
                _ => throw PatchRefused.Malformed($"unknown patch type: {directive?.ToJsonString()} in map: {patch.ToJsonString()}"),
            };
        }
        return MergeMembers(target, patch, schema);
    }

    /// <summary>A copy of what a patch would add where nothing is yet: without nulls and directives.</summary>
    public static JsonNode WithoutDirectives(JsonNode added)
    {
        switch (added)
        {
            case JsonObject @object:
                var clean = new JsonObject();
                foreach (var (member, value) in @object)
                {
                    if (value is not null && !IsDirective(member)) clean[member] = WithoutDirectives(value);
                }
                return clean;
            case JsonArray array:
                var items = new JsonArray();
                foreach (var item in array)
                {
                    if (item is JsonObject entry && entry.ContainsKey(Directive) && entry[Directive].Text() != "merge") continue;
                    items.Add(item is null ? null : WithoutDirectives(item));
                }
                return items;
            default:
                return added.DeepClone();
        }
    }

    private static JsonObject MergeMembers(JsonObject target, JsonObject patch, PatchSchema schema)
    {
        if (patch.TryGetPropertyValue(RetainKeys, out var retained)) Retain(target, patch, retained);
        foreach (var (member, change) in patch)
        {
            if (member is Directive or RetainKeys) continue;
            if (member.StartsWith(ElementOrder, StringComparison.Ordinal)) Order(target, patch, member[ElementOrder.Length..], change, schema);
            else if (member.StartsWith(DeleteFromList, StringComparison.Ordinal)) DeleteScalars(target, member[DeleteFromList.Length..], change);
            else if (!patch.ContainsKey(ElementOrder + member)) MergeMember(target, member, change, schema.Field(member));
        }
        return target;
    }

    private static void MergeMember(JsonObject target, string member, JsonNode? change, PatchField field, JsonArray? order = null)
    {
        var present = target[member];
        if (change is null) target.Remove(member);
        else if (change is JsonObject patch && present is JsonObject inner && !field.Replaces)
        {
            var merged = Merge(inner, patch, field.Below());
            if (!ReferenceEquals(merged, inner)) target[member] = merged;
        }
        else if (change is JsonArray additions && present is JsonArray list && field.MergesList)
        {
            target[member] = ListMerge.Merge(list, additions, field, order);
        }
        else target[member] = WithoutDirectives(change);
    }

    /// <summary>Merges a list and puts it in the order the patch names: items only the server knows keep their place among the others.</summary>
    private static void Order(JsonObject target, JsonObject patch, string member, JsonNode? named, PatchSchema schema)
    {
        if (named is not JsonArray order) throw PatchRefused.Malformed($"invalid patch format of {ElementOrder}: {member} needs a list");
        var field = schema.Field(member);
        var before = (target[member] as JsonArray)?.DeepClone().AsArray() ?? [];
        if (patch.TryGetPropertyValue(member, out var change))
        {
            if (change is JsonArray items) ListMerge.CheckOrder(items, order, field.MergeKey);
            MergeMember(target, member, change, field, order);
        }
        if (target[member] is JsonArray merged) target[member] = ListMerge.Arrange(merged, order, before, field.MergeKey);
    }

    private static void DeleteScalars(JsonObject target, string member, JsonNode? doomed)
    {
        if (doomed is not JsonArray values) throw PatchRefused.Malformed($"invalid patch format of {DeleteFromList}: {member} needs a list");
        if (target[member] is not JsonArray list) return;
        list.RemoveAll(item => values.Any(value => JsonNode.DeepEquals(item, value)));
    }

    private static void Retain(JsonObject target, JsonObject patch, JsonNode? retained)
    {
        if (retained is not JsonArray list) throw PatchRefused.Malformed("invalid patch format of retainKeys");
        var keep = list.Select(member => member.Text()).ToHashSet();
        if (patch.Any(member => member.Value is not null && !IsDirective(member.Key) && !keep.Contains(member.Key)))
        {
            throw PatchRefused.Malformed("invalid patch format of retainKeys: the patch has members that it does not retain");
        }
        foreach (var member in target.Select(member => member.Key).Where(member => !keep.Contains(member)).ToArray()) target.Remove(member);
    }

    /// <summary>The members that a patch may change; null for any.</summary>
    public static IReadOnlySet<string>? Touched(JsonObject patch)
    {
        var touched = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (member, _) in patch)
        {
            if (member is Directive or RetainKeys) return null;
            touched.Add(IsDirective(member) ? member[(member.IndexOf('/', StringComparison.Ordinal) + 1)..] : member);
        }
        return touched;
    }

    private static bool IsDirective(string member) =>
        member is Directive or RetainKeys || member.StartsWith(ElementOrder, StringComparison.Ordinal) || member.StartsWith(DeleteFromList, StringComparison.Ordinal);
}
