using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Objects.FieldManagement;

/// <summary>The parts of an object whose fields a manager can have without naming them.</summary>
[Flags]
internal enum FieldRest : byte { None = 0, Object = 1, Status = 2 }

/// <summary>A manager and what it has of an object.</summary>
/// <param name="Manager">The program's name.</param>
/// <param name="Applied">Whether it applied the fields, or wrote them in another way.</param>
/// <param name="ApiVersion">The version the fields are named in.</param>
/// <param name="Subresource">The subresource it wrote through; "" for the object.</param>
/// <param name="Seconds">When it last changed something, in seconds of Unix time.</param>
/// <param name="Fields">The fields that are named.</param>
/// <param name="Rest">The parts of which it has every field that no other manager names.</param>
internal sealed record ManagedFieldsEntry(string Manager, bool Applied, string ApiVersion, string Subresource, long Seconds, FieldSet Fields, FieldRest Rest = FieldRest.None)
{
    /// <summary>Whether both are the same manager's: a write of one adds to the other.</summary>
    public bool IsOf(ManagedFieldsEntry other) =>
        Manager == other.Manager && Applied == other.Applied && ApiVersion == other.ApiVersion && Subresource == other.Subresource;
}

/// <summary>
/// Who manages which fields of an object: <c>metadata.managedFields</c>, kept beside the object. As long as nobody applies, hardly anything is noted: who made the
/// object has the rest, whatever that is when somebody asks. Immutable.
/// </summary>
/// <param name="Entries">The managers.</param>
/// <param name="IsNamed">Whether every field that a manager has is named: from the first apply on.</param>
internal sealed record ManagedFields(ImmutableArray<ManagedFieldsEntry> Entries, bool IsNamed)
{
    public static ManagedFields None { get; } = new([], false);

    /// <summary>As it is stored beside an object: JSON, a list of entries behind the flag.</summary>
    public byte[] ToBytes()
    {
        if (Entries.IsEmpty && !IsNamed) return [];
        return ObjectJson.ToUtf8(this, static (managed, writer) => managed.WriteStored(writer));
    }

    private void WriteStored(Utf8JsonWriter writer)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(IsNamed ? 1 : 0);
        foreach (var entry in Entries)
        {
            writer.WriteStartArray();
            writer.WriteStringValue(entry.Manager);
            writer.WriteNumberValue((entry.Applied ? 4 : 0) | (int)entry.Rest);
            writer.WriteStringValue(entry.ApiVersion);
            writer.WriteStringValue(entry.Subresource);
            writer.WriteNumberValue(entry.Seconds);
            if (!entry.Fields.IsEmpty) entry.Fields.Write(writer);
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
    }

    /// <summary>Reads <see cref="ToBytes"/>.</summary>
    public static ManagedFields FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return None;
        var reader = new Utf8JsonReader(bytes, Shared.Api.ObjectLimits.Reader);
        reader.Read();
        reader.Read();
        var named = reader.GetInt32() == 1;
        var entries = ImmutableArray.CreateBuilder<ManagedFieldsEntry>(2);
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            reader.Read();
            var manager = reader.GetString()!;
            reader.Read();
            var flags = reader.GetInt32();
            reader.Read();
            var version = reader.GetString()!;
            reader.Read();
            var subresource = reader.GetString()!;
            reader.Read();
            var seconds = reader.GetInt64();
            reader.Read();
            var fields = new FieldSet();
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                fields = FieldSet.ReadRoot((JsonObject)JsonNode.Parse(ref reader)!);
                reader.Read();
            }
            entries.Add(new(manager, (flags & 4) != 0, version, subresource, seconds, fields, (FieldRest)(flags & 3)));
        }
        return new(entries.DrainToImmutable(), named);
    }

    /// <summary>Whether the same managers have the same fields, whenever they wrote them.</summary>
    public bool HasSameFields(ManagedFields other) =>
        Entries.Length == other.Entries.Length && Entries.All(mine => other.Entries.Any(its => its.IsOf(mine) && its.Rest == mine.Rest && its.Fields.Equals(mine.Fields)));

    /// <summary>The same, with the fields of every manager named.</summary>
    /// <param name="object">The object as it is.</param>
    /// <param name="kind">Its kind.</param>
    public ManagedFields Named(JsonObject @object, KindDefinition kind)
    {
        if (IsNamed || Entries.IsEmpty) return this with { IsNamed = true };
        var named = Entries.Aggregate(new FieldSet(), (set, entry) => FieldSet.Union(set, entry.Fields));
        FieldSet? all = null;
        return new([.. Entries.Select(entry => entry.Rest is FieldRest.None ? entry : entry with { Fields = FieldSet.Union(entry.Fields, Rest(entry.Rest)), Rest = FieldRest.None })], true);

        FieldSet Rest(FieldRest which)
        {
            all ??= OwnedFields.Of(@object, kind, containers: true).Without(named);
            return which is (FieldRest.Object | FieldRest.Status) ? all : OwnedFields.Part(all, which is FieldRest.Status);
        }
    }

    /// <summary>Whether some manager names some of its fields.</summary>
    public bool NamesAny => IsNamed || Entries.Any(entry => !entry.Fields.IsEmpty);

    /// <summary>The value of <c>metadata.managedFields</c>, in Kubernetes' order: those who applied first, then by time and name.</summary>
    /// <param name="writer">Takes it.</param>
    /// <param name="stored">The object, for those who have a rest of it.</param>
    /// <param name="kind">Its kind.</param>
    public void Write(Utf8JsonWriter writer, StoredObject stored, KindDefinition kind)
    {
        writer.WriteStartArray();
        foreach (var entry in Entries.Length > 1 ? Entries.Sort(ShownBefore) : Entries)
        {
            writer.WriteStartObject();
            writer.WriteString("manager"u8, entry.Manager);
            writer.WriteString("operation"u8, entry.Applied ? "Apply"u8 : "Update"u8);
            writer.WriteString("apiVersion"u8, entry.ApiVersion);
            writer.WriteString("time"u8, Rfc3339.Write(DateTimeOffset.FromUnixTimeSeconds(entry.Seconds)));
            writer.WriteString("fieldsType"u8, "FieldsV1"u8);
            writer.WritePropertyName("fieldsV1"u8);
            if (entry.Rest is FieldRest.None) entry.Fields.Write(writer);
            else RestFields.Write(stored.Json.Span, kind.Schema, entry.Rest, writer);
            if (entry.Subresource.Length > 0) writer.WriteString("subresource"u8, entry.Subresource);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static int ShownBefore(ManagedFieldsEntry one, ManagedFieldsEntry other) =>
        one.Applied != other.Applied ? (one.Applied ? -1 : 1)
        : one.Seconds != other.Seconds ? one.Seconds.CompareTo(other.Seconds)
        : string.CompareOrdinal(one.Manager, other.Manager) is not 0 and var byName ? byName
        : string.CompareOrdinal(one.Subresource, other.Subresource);

    /// <summary>Reads <c>metadata.managedFields</c> as a client sends it.</summary>
    /// <param name="sent">The list.</param>
    /// <param name="errors">Takes what is wrong with it.</param>
    public static ManagedFields Read(JsonArray sent, FieldErrors errors)
    {
        var entries = ImmutableArray.CreateBuilder<ManagedFieldsEntry>();
        for (var i = 0; i < sent.Count; i++)
        {
            var (entry, path) = (sent[i], $"metadata.managedFields[{i}]");
            if (entry.Text("operation") is not ("Apply" or "Update") and var operation) errors.Invalid($"{path}.operation", operation, "must be `Apply` or `Update`");
            if (entry.Text("fieldsType") is not ("" or "FieldsV1") and var type) errors.Invalid($"{path}.fieldsType", type, "must be `FieldsV1`");
            FieldManager.Check(entry.Text("manager"), $"{path}.manager", errors);
            try
            {
                var fields = entry.Child("fieldsV1") is { } given ? FieldSet.ReadRoot(given) : new();
                var made = new ManagedFieldsEntry(
                    entry.Text("manager"), entry.Text("operation") == "Apply", entry.Text("apiVersion"), entry.Text("subresource"), entry.Time("time")?.ToUnixTimeSeconds() ?? 0, fields);
                if (!fields.IsEmpty && !entries.Any(made.IsOf)) entries.Add(made);
            }
            catch (FormatException fault)
            {
                errors.Invalid($"{path}.fieldsV1", entry.Child("fieldsV1"), fault.Message);
            }
        }
        return new(entries.DrainToImmutable(), true);
    }
}
