using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Objects.FieldManagement;

/// <summary>
/// Server-side apply: what a manager wants of an object is merged into it, what it wanted before and does not any more is taken out of it, and what others
/// have is not changed unless it insists.
/// </summary>
internal static class ServerSideApply
{
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>Kubernetes' limit for all annotations of an object.</summary>
    private const int MaxAnnotations = 256 * 1024;

    /// <summary>What is applied, as far as the write is about it: of a status nothing else, of an object everything else.</summary>
    public static JsonObject Wanted(ApplyObject command, KindDefinition kind)
    {
        var wanted = command.Config.ToJsonObject();
        if (ObjectDecider.WritesStatus(command.Subresource))
        {
            foreach (var member in wanted.Select(member => member.Key).Where(member => member is not ("status" or "metadata" or "apiVersion" or "kind")).ToArray()) wanted.Remove(member);
            wanted["metadata"] = new JsonObject();
        }
        else if (kind.HasStatus) wanted.Remove("status");
        return wanted;
    }

    /// <summary>Who has which fields of an object that an apply makes.</summary>
    public static ManagedFields Created(JsonObject wanted, ApplyObject command, KindDefinition kind, DateTimeOffset now) =>
        new(Applier(command, kind, now, OwnedFields.Of(wanted, kind)) is { Fields.IsEmpty: false } applier ? [applier] : [], true);

    /// <summary>Applies.</summary>
    /// <param name="state">The object.</param>
    /// <param name="wanted">What is applied; it stays as it was.</param>
    /// <param name="command">Who applies, and whether it insists.</param>
    /// <param name="kind">The object's kind.</param>
    /// <param name="now">The time.</param>
    /// <param name="managed">Who has what afterwards; null where it is refused.</param>
    /// <returns>The object as it is wanted, before defaults; or a refusal that names every conflict.</returns>
    public static PatchOutcome Apply(StoredObject state, JsonObject wanted, ApplyObject command, KindDefinition kind, DateTimeOffset now, out ManagedFields? managed)
    {
        managed = null;
        var (live, merged, root) = (state.ToJsonObject(), state.ToJsonObject(), FieldPlace.Root(kind.Schema));
        var applier = Applier(command, kind, now, OwnedFields.Of(wanted, kind));
        var before = Before(state, live, kind);
        var last = before.FirstOrDefault(entry => IsOf(entry, applier));
        ApplyMerge.Merge(merged, wanted, root);
        var changed = OwnedFields.Changed(live, merged, kind);
        ManagedFieldsEntry[] others = [.. before.Where(entry => entry != last)];
        var conflicts = FieldConflict.Of(others, changed);
        if (!command.Force && conflicts.Any(conflict => !IsKubectls(conflict, command, live, kind))) return FieldConflict.Refuse(state.Key, conflicts);
        if (conflicts.Length > 0) others = [.. others.Select(entry => entry with { Fields = entry.Fields.Without(changed) })];
        var kept = others.Aggregate(applier.Fields, (set, entry) => FieldSet.Union(set, entry.Fields));
        if (last is not null) FieldRemoval.Remove(merged, last.Fields.Without(kept), kept, root);
        if (command.By.Manager == FieldManager.Kubectl && command.Subresource.Length == 0) UpdateLastApplied(merged, wanted);
        if (last is not null && last.Fields.Equals(applier.Fields)) applier = applier with { Seconds = last.Seconds };
        managed = new([.. others.Select(entry => entry with { Fields = OwnedFields.Existing(entry.Fields, merged, kind) }).Append(applier).Where(entry => !entry.Fields.IsEmpty)], true);
        return merged;
    }

    /// <summary>Adds what keeps lists in what is applied from being merged: items without their keys, or two with the same.</summary>
    public static void Check(JsonNode? wanted, FieldPlace place, string path, List<string> faults)
    {
        switch (place.Shape, wanted)
        {
            case (PlaceShape.Struct or PlaceShape.Map, JsonObject members):
                foreach (var (name, value) in members) Check(value, place.Member(name), $"{path}.{name}", faults);
                break;
            case (PlaceShape.KeyedList or PlaceShape.Set, JsonArray list):
                var known = new HashSet<string>(StringComparer.Ordinal);
                for (var i = 0; i < list.Count; i++)
                {
                    string? missing = null;
                    var element = place.Shape is PlaceShape.KeyedList ? place.KeyOf(list[i], out missing) : place.ElementOf(list[i]);
                    if (missing is not null) faults.Add($"{path}: element {i}: associative list with keys has an element that omits key field \"{missing}\" (and doesn't have default value)");
                    else if (!known.Add(element)) faults.Add($"{path}: duplicate entries for key {FieldConflict.Show(element)}");
                    if (place.Shape is PlaceShape.KeyedList) Check(list[i], place.Item, $"{path}{FieldConflict.Show(element)}", faults);
                }
                break;
        }
    }

    private static ImmutableArray<ManagedFieldsEntry> Before(StoredObject state, JsonObject live, KindDefinition kind)
    {
        var known = state.Managers;
        if (!known.Entries.IsEmpty) return known.Named(live, kind).Entries;
        return [new(FieldManager.BeforeFirstApply, false, kind.GroupVersion, "", state.Header.CreationTimestamp.ToUnixTimeSeconds(), OwnedFields.Of(live, kind))];
    }

    private static ManagedFieldsEntry Applier(ApplyObject command, KindDefinition kind, DateTimeOffset now, FieldSet fields) =>
        new(command.By.Manager, true, kind.GroupVersion, command.Subresource, now.ToUnixTimeSeconds(), fields);

    // One who applies is the same in whatever version.
    private static bool IsOf(ManagedFieldsEntry entry, ManagedFieldsEntry applier) => entry.IsOf(applier with { ApiVersion = entry.ApiVersion });

    /// <summary>Whether a conflict is about nothing but what kubectl applied itself, in its older way: then the newer takes over.</summary>
    private static bool IsKubectls(FieldConflict conflict, ApplyObject command, JsonObject live, KindDefinition kind)
    {
        if (command.By.Manager != FieldManager.Kubectl || live.Text("metadata", "annotations", LastApplied) is not { Length: > 0 } text) return false;
        try
        {
            return ObjectLimits.Parse(System.Text.Encoding.UTF8.GetBytes(text)) is JsonObject applied && conflict.Fields.Without(OwnedFields.Of(applied, kind)).IsEmpty;
        }
        catch (System.Text.Json.JsonException)
        {
            // An annotation can hold anything; what is no object has applied nothing.
            return false;
        }
    }

    // Whoever goes on in the older way compares with this.
    private static void UpdateLastApplied(JsonObject merged, JsonObject wanted)
    {
        if (merged.Child("metadata", "annotations") is not { } annotations || !annotations.ContainsKey(LastApplied)) return;
        var applied = wanted.DeepClone().AsObject();
        applied.Child("metadata", "annotations")?.Remove(LastApplied);
        var text = System.Text.Encoding.UTF8.GetString(ObjectJson.ToUtf8(applied)) + "\n";
        if (text.Length < MaxAnnotations) annotations[LastApplied] = text;
    }
}
