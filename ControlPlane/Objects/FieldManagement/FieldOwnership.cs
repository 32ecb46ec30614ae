using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Objects.FieldManagement;

/// <summary>Says who has which fields after a write that was no apply: whoever changes a field has it, and nobody else any more.</summary>
internal static class FieldOwnership
{
    /// <summary>After an admitted write.</summary>
    public static ManagedFields After(PendingWrite write)
    {
        if (write.Managed is { } decided) return decided;
        if (write.State is not { } state) return Created(write);
        var before = write.ManagedBefore ?? state.Managers;

        // What the scheduler decides and what a delete leaves behind are nobody's.
        if (write.Operation is not WriteOperation.Update) return before;
        return Updated(before, Writer(write), () => write.Current!, write.Object, write.Kind);
    }

    /// <summary>After a change by a writer that is not applying.</summary>
    /// <param name="before">Who had what.</param>
    /// <param name="writer">Who changes something, through which subresource and when; without fields.</param>
    /// <param name="state">The object as it was: asked for only where it must be compared.</param>
    /// <param name="new">The object as it is now.</param>
    /// <param name="kind">Its kind.</param>
    public static ManagedFields Updated(ManagedFields before, ManagedFieldsEntry writer, Func<JsonObject> state, JsonObject @new, KindDefinition kind)
    {
        var ofStatus = ObjectDecider.WritesStatus(writer.Subresource);
        var part = ofStatus ? FieldRest.Status : FieldRest.Object;
        var names = before.Entries.Any(entry => !entry.Fields.IsEmpty);
        var hasRest = before.Entries.Any(entry => entry.IsOf(writer) && entry.Rest.HasFlag(part));
        if (!names && hasRest) return Touched(before, writer);

        // The first to write a status has all of it, what the server began it with too.
        if (!before.IsNamed && ofStatus && !before.Entries.Any(entry => entry.Rest.HasFlag(part) || entry.Fields.At("f:status") is not null))
        {
            return @new["status"] is null ? before : before with { Entries = Capped([.. before.Entries, writer with { Rest = part }]) };
        }
        var old = state();
        var changed = OwnedFields.Changed(old, @new, kind, ofStatus);
        var entries = ImmutableArray.CreateBuilder<ManagedFieldsEntry>(before.Entries.Length + 1);
        var isNew = !changed.IsEmpty;
        foreach (var entry in before.Entries)
        {
            var left = entry;
            if (entry.IsOf(writer) && isNew)
            {
                left = entry with { Seconds = writer.Seconds, Fields = hasRest ? entry.Fields : FieldSet.Union(entry.Fields, changed) };
                isNew = false;
            }
            else if (!entry.Fields.IsEmpty) left = entry with { Fields = entry.Fields.Without(changed) };
            if (!left.Fields.IsEmpty) left = left with { Fields = OwnedFields.Existing(left.Fields, @new, kind) };
            if (!left.Fields.IsEmpty || left.Rest is not FieldRest.None) entries.Add(left);
        }
        if (isNew) entries.Add(writer with { Fields = changed });
        return before with { Entries = Capped(entries.ToImmutable()) };
    }

    /// <summary>The writer of an update.</summary>
    public static ManagedFieldsEntry Writer(PendingWrite write) =>
        new(write.Command.By.Manager, false, write.Kind.GroupVersion, write.Subresource, write.Now.ToUnixTimeSeconds(), new());

    private static ManagedFields Created(PendingWrite write)
    {
        var rest = write.Kind.HasStatus && !write.Kind.Strategy.KeepsStatusOnCreate ? FieldRest.Object : FieldRest.Object | FieldRest.Status;
        return new([Writer(write) with { Rest = rest }], false);
    }

    private static ManagedFields Touched(ManagedFields before, ManagedFieldsEntry writer) => before.Entries.Any(entry => entry.IsOf(writer) && entry.Seconds == writer.Seconds)
        ? before
        : before with { Entries = [.. before.Entries.Select(entry => entry.IsOf(writer) ? entry with { Seconds = writer.Seconds } : entry)] };

    /// <summary>No object has more of those who do not apply than <see cref="FieldManager.MaxUpdaters"/>: the oldest become one.</summary>
    private static ImmutableArray<ManagedFieldsEntry> Capped(ImmutableArray<ManagedFieldsEntry> entries)
    {
        var excess = entries.Count(entry => !entry.Applied) - FieldManager.MaxUpdaters;
        if (excess <= 0) return entries;
        ManagedFieldsEntry[] old = [.. entries.Where(entry => entry is { Applied: false, Rest: FieldRest.None }).OrderBy(entry => entry.Seconds).Take(excess + 1)];
        if (old.Length == 0) return entries;
        var fields = old.Aggregate(new FieldSet(), (set, entry) => FieldSet.Union(set, entry.Fields));
        return [.. entries.Except(old), new(FieldManager.Ancient, false, old[^1].ApiVersion, "", old[^1].Seconds, fields)];
    }
}
