using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects.FieldManagement;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Objects;

/// <summary>
/// The rules of writing an object, the same for every kind: create, update, patch and delete with Kubernetes' treatment of metadata, status,
/// generation, grace and finalizers. Pure, in three steps between which the object's actor has the write admitted: <see cref="Propose(KindDefinition, StoredObject, ObjectCommand, DateTimeOffset)"/> computes the new
/// object, <see cref="Check(PendingWrite)"/> validates it, <see cref="Conclude"/> makes the event.
/// </summary>
public static class ObjectDecider
{
    private const string Modified = "the object has been modified; please apply your changes to the latest version and try again";

    /// <summary>All three steps at once, where there is nobody to ask for admission: (state, command, now) -> decision.</summary>
    public static Decision Decide(KindDefinition kind, StoredObject? state, ObjectCommand command, DateTimeOffset now)
    {
        var proposal = Propose(kind, state, command, now);
        if (proposal.Write is not { } write) return proposal.Decided;
        return Check(write) is { } rejection ? rejection : Conclude(write);
    }

    /// <summary>Computes what a command makes of an object, with defaults, not yet validated.</summary>
    /// <param name="kind">The stored version of the object's kind.</param>
    /// <param name="state">The live object, or null if there is none.</param>
    /// <param name="command">What is asked for.</param>
    /// <param name="now">The time of the decision.</param>
    public static Proposal Propose(KindDefinition kind, StoredObject? state, ObjectCommand command, DateTimeOffset now) => command switch
    {
        CreateObject create => Create(kind, state, create, now),
        ApplyObject apply => Apply(kind, state, apply, now),
        _ when state is null => ApiStatus.NotFound(command.Key),
        UpdateObject update => Check(update.Preconditions, state) is { } refusal ? refusal : Replace(kind, state, update, update.Object.ToJsonObject(), update.Subresource, "update", now),
        PatchObject patch => Check(patch.Preconditions, state) is { } refusal ? refusal : Patched(kind, state, patch, patch.Patch.Apply(Seen(state, patch.Patch, kind), kind), now),
        DeleteObject delete => Delete(kind, state, delete, now),
        _ => ApiStatus.MethodNotAllowed($"{command.GetType().Name} is not supported on {command.Key.GroupResource}"),
    };

    /// <summary>As the other, of a patch that is written for another version of the kind than the stored one.</summary>
    /// <param name="spoken">That version: the object is converted for the patch, and back.</param>
    public static async ValueTask<Proposal> Propose(KindDefinition kind, StoredObject? state, PatchObject command, KindDefinition spoken, DateTimeOffset now)
    {
        if (state is null) return ApiStatus.NotFound(command.Key);
        if (Check(command.Preconditions, state) is { } refusal) return refusal;
        var outcome = command.Patch.Apply((await spoken.FromStorage([Seen(state, command.Patch, kind)]))[0], spoken);
        if (outcome.Object is { } patched) outcome = outcome with { Object = (await spoken.ToStorage([patched]))[0], Touched = null };
        return Patched(kind, state, command, outcome, now);
    }

    /// <summary>Sets the defaults of a write that a mutating step has changed.</summary>
    public static void Default(PendingWrite write)
    {
        if (!write.Trusted && !WritesStatus(write.Subresource)) write.Kind.ApplyDefaults(write.Object);
    }

    /// <summary>Validates a write; null if it may be stored.</summary>
    public static ApiStatus? Check(PendingWrite write)
    {
        if (write.Trusted) return null;
        var (kind, errors) = (write.Kind, new FieldErrors());
        if (write.Operation is WriteOperation.Create)
        {
            ObjectMetaValidation.Validate(write.Object, kind, errors);
            kind.Validate(write.Object, errors);
            kind.Strategy.ValidateCreate(write.Object, errors);
        }
        else if (WritesStatus(write.Subresource)) kind.ValidateStatusUpdate(write.Object, write.Current!, errors);
        else
        {
            ObjectMetaValidation.ValidateUpdate(write.Object, write.Current!, kind, errors);
            if (kind.Ratchets) Ratcheting.Validate(write.Object, write.Current!, kind, errors);
            else kind.Validate(write.Object, errors);
            kind.ValidateUpdate(write.Object, write.Current!, errors);
        }
        return errors.Any ? ApiStatus.Invalid(kind.Group, kind.Kind, write.Command.Key.Name, errors.Causes) : null;
    }

    /// <summary>The event that stores an admitted write: the object, or its tombstone if it was only waiting for this change. Nothing, if nothing changes.</summary>
    public static Decision Conclude(PendingWrite write)
    {
        var (kind, changed) = (write.Kind, write.Object);
        var metadata = changed.Metadata();
        metadata.Remove("resourceVersion");
        metadata.Remove("managedFields");
        var deleted = write.State is not null && metadata.ContainsKey("deletionTimestamp") && (metadata.Number("deletionGracePeriodSeconds") ?? 0) == 0
            && !metadata.HasElements("finalizers") && !kind.Strategy.HoldsDeletion(changed);
        // A delete has counted up already, and a status has no part in what generations count.
        if (write is { State: not null, Verb: not "delete" } && !WritesStatus(write.Subresource) && !deleted && metadata.Number("generation") is { } generation && SpecChanged(changed, write.Current!))
        {
            metadata["generation"] = generation + 1;
        }
        var json = ObjectJson.ToUtf8(changed);
        var keepsManagers = write.Managed is { } decided ? write.State is { } known && decided.HasSameFields(known.Managers) : write.ManagedBefore is null;
        if (write.State is { } before && !deleted && keepsManagers && IsUnchanged(write, before, json))
        {
            return Decision.Keep(before) with { Notes = write.Notes };
        }
        var managed = FieldOwnership.After(write).ToBytes();
        // What is to go must be able to: a delete adds a few dozen bytes at most.
        if (Math.Max(json.Length, managed.Length) > ObjectLimits.MaxBytes && write.Verb != "delete")
        {
            return ApiStatus.TooLarge($"{write.Command.Key.GroupResource} \"{write.Command.Key.Name}\" is too large: {Math.Max(json.Length, managed.Length)} bytes, limit is {ObjectLimits.MaxBytes}");
        }
        var audit = new WriteAudit(write.Command.By.User, write.Verb, write.Command.By.Manager, write.Now) { Command = write.Command.Id };
        try
        {
            return Decision.Store(new(write.Command.Key, json, deleted, audit, managed)) with { Notes = write.Notes };
        }
        catch (JsonException) when (ObjectDepth.Excess(changed) is { } path)
        {
            return ApiStatus.Invalid(kind.Group, kind.Kind, write.Command.Key.Name,
                [new("FieldValueInvalid", $"Invalid value: nested more than {ObjectLimits.MaxDepth} deep", path)]);
        }
    }

    private static Proposal Create(KindDefinition kind, StoredObject? state, CreateObject command, DateTimeOffset now)
    {
        if (state is not null) return state.Uid == command.Uid ? Decision.Keep(state) : ApiStatus.AlreadyExists(command.Key);
        return new PendingWrite(kind, null, command, WriteOperation.Create, Created(kind, command.Object.ToJsonObject(), command.Key, command.Uid, now), now) { Verb = "create" };
    }

    private static JsonObject Created(KindDefinition kind, JsonObject created, ObjectKey key, string uid, DateTimeOffset now)
    {
        var metadata = created.Metadata();
        foreach (var member in (ReadOnlySpan<string>)["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "managedFields", "selfLink", "generation"])
        {
            metadata.Remove(member);
        }
        metadata["name"] = key.Name;
        if (kind.Namespaced) metadata["namespace"] = key.Namespace;
        else metadata.Remove("namespace");
        metadata["uid"] = uid;
        metadata["creationTimestamp"] = Rfc3339.Write(now);
        if (created.ContainsKey("spec")) metadata["generation"] = 1;
        if (kind.HasStatus && !kind.Strategy.KeepsStatusOnCreate) created.Remove("status");
        kind.Strategy.PrepareForCreate(created);
        kind.ApplyDefaults(created);
        return created;
    }

    private static Proposal Apply(KindDefinition kind, StoredObject? state, ApplyObject command, DateTimeOffset now)
    {
        var (wanted, faults) = (ServerSideApply.Wanted(command, kind), new List<string>());
        ServerSideApply.Check(wanted, FieldPlace.Root(kind.Schema), "", faults);
        if (faults.Count > 0) return ApiStatus.BadRequest($"failed to create typed patch object ({command.Key.Namespace}/{command.Key.Name}; {kind.GroupVersion}, Kind={kind.Kind}): {string.Join("; ", faults)}");
        var (metadata, key) = (command.Config.ToJsonObject().Metadata(), command.Key);
        if (state is null)
        {
            if (command.Subresource.Length > 0) return ApiStatus.NotFound(key);
            if (command.NoCreation is { } why) return why;
            if (metadata.Text("uid") is { Length: > 0 } gone) return ApiStatus.Conflict(key, $"uid mismatch: the provided object specified uid {gone}, and no existing object was found");
            if (metadata.Text("resourceVersion").Length > 0) return ApiStatus.Conflict(key, Modified);
            var managed = ServerSideApply.Created(wanted, command, kind, now);
            return new PendingWrite(kind, null, command, WriteOperation.Create, Created(kind, wanted, key, command.Uid, now), now) { Verb = "apply", Managed = managed };
        }
        if (metadata.Text("resourceVersion") is { Length: > 0 } version && version != state.Revision.ToString()) return ApiStatus.Conflict(key, Modified);
        if (metadata.Text("uid") is { Length: > 0 } uid && uid != state.Uid) return Precondition(state, "UID", uid, state.Uid);
        var outcome = ServerSideApply.Apply(state, wanted, command, kind, now, out var after);
        return outcome.Rejection is { } conflict ? conflict : Replace(kind, state, command, outcome.Object!, command.Subresource, "apply", now, managed: after);
    }

    /// <summary>The object as a patch is to see it.</summary>
    private static JsonObject Seen(StoredObject state, IObjectPatch patch, KindDefinition kind)
    {
        var tree = state.ToJsonObject();
        if (patch.SeesManagedFields) tree.Metadata()["managedFields"] = ManagedFieldsView.ListOf(state, kind);
        return tree;
    }

    private static Proposal Patched(KindDefinition kind, StoredObject state, PatchObject command, PatchOutcome outcome, DateTimeOffset now)
    {
        if (outcome.Rejection is { } rejection) return rejection;
        var patched = outcome.Object!;
        var metadata = patched.Metadata();
        if (metadata.Text("resourceVersion") is { Length: > 0 } version && version != state.Revision.ToString()) return ApiStatus.Conflict(state.Key, Modified);
        if (metadata.Text("uid") is { Length: > 0 } uid && uid != state.Uid) return Precondition(state, "UID", uid, state.Uid);
        if (metadata.Text("name") is { Length: > 0 } name && name != state.Key.Name)
        {
            return ApiStatus.BadRequest($"the name of the object ({name}) does not match the name on the URL ({state.Key.Name})");
        }
        var replaced = Replace(kind, state, command, patched, command.Subresource, "patch", now, outcome.Touched);
        if (replaced.Write is { } write) write.Notes = WriteNotes.Warning(outcome.Warnings);
        return replaced;
    }

    private static Proposal Replace(
        KindDefinition kind, StoredObject state, ObjectCommand command, JsonObject replacement, string subresource, string verb, DateTimeOffset now,
        IReadOnlySet<string>? touched = null, ManagedFields? managed = null)
    {
        JsonObject updated;
        ManagedFields? named = null;
        if (WritesStatus(subresource))
        {
            updated = state.ToJsonObject();
            Move("status", replacement, updated);
        }
        else
        {
            updated = replacement;
            if (managed is null && Named(updated, state, kind, out named) is { } unreadable) return unreadable;
        }
        var write = new PendingWrite(kind, state, command, WriteOperation.Update, updated, now) { Verb = verb, Subresource = subresource, ManagedBefore = named, Managed = managed };
        if (WritesStatus(subresource))
        {
            kind.Strategy.PrepareForStatusUpdate(updated, write.Current!, subresource);
            return write;
        }
        if (kind.HasStatus && touched?.Contains("status") is not false)
        {
            if (write.Current!["status"] is { } kept) updated["status"] = kept.DeepClone();
            else updated.Remove("status");
        }
        if (touched?.Contains("metadata") is not false) KeepMetadata(updated.Metadata(), write.Current!.Metadata(), kind);
        kind.Strategy.PrepareForUpdate(updated, write.Current!);
        kind.ApplyDefaults(updated);
        return write;
    }

    /// <summary>What a client says of who manages the object: nothing, mostly, or what it was told.</summary>
    private static ApiStatus? Named(JsonObject updated, StoredObject state, KindDefinition kind, out ManagedFields? named)
    {
        named = null;
        var metadata = updated.Metadata();
        if (metadata["managedFields"] is not JsonArray { Count: > 0 } sent) return null;
        metadata.Remove("managedFields");

        // An entry without anything takes it from everybody.
        if (sent is [JsonObject { Count: 0 }]) named = new([], true);
        else if (!JsonNode.DeepEquals(sent, ManagedFieldsView.ListOf(state, kind)))
        {
            var errors = new FieldErrors();
            named = ManagedFields.Read(sent, errors);
            if (errors.Any) return ApiStatus.Invalid(kind.Group, kind.Kind, state.Key.Name, errors.Causes);
        }
        return null;
    }

    private static Proposal Delete(KindDefinition kind, StoredObject state, DeleteObject command, DateTimeOffset now)
    {
        if (Check(command.Preconditions, state) is { } refusal) return refusal;
        var changed = state.ToJsonObject();
        var metadata = changed.Metadata();
        var write = new PendingWrite(kind, state, command, command.Subresource.Length == 0 ? WriteOperation.Delete : WriteOperation.Create, changed, now)
        {
            Verb = "delete",
            Subresource = command.Subresource,
            Trusted = true,
        };
        var grace = Math.Max(0, kind.Strategy.GraceSeconds(changed, command.GraceSeconds));
        if (state.Header.DeletionTimestamp is null)
        {
            if (command.Propagation is Propagation.Foreground) AddFinalizer(metadata, "foregroundDeletion");
            if (command.Propagation is Propagation.Orphan) AddFinalizer(metadata, "orphan");
        }
        var pending = metadata.Number("deletionGracePeriodSeconds");
        if (state.Header.DeletionTimestamp is null || (pending is { } left && grace < left))
        {
            metadata["deletionTimestamp"] = Rfc3339.Write(now.AddSeconds(grace));
            metadata["deletionGracePeriodSeconds"] = grace;
            if (metadata.Number("generation") is { } generation && state.Header.DeletionTimestamp is null) metadata["generation"] = generation + 1;
            kind.Strategy.PrepareForDelete(changed);
        }
        return write;
    }

    // A request for a certificate is granted by a write of the conditions in its status.
    internal static bool WritesStatus(string subresource) => subresource is "status" or "approval";

    private static void Move(string member, JsonObject from, JsonObject to)
    {
        var moved = from[member];
        from.Remove(member);
        if (moved is null) to.Remove(member);
        else to[member] = moved;
    }

    private static bool IsUnchanged(PendingWrite write, StoredObject before, byte[] json)
    {
        if (before.IsSameAs(json) is { } same) return same;
        write.Current!.Metadata().Remove("resourceVersion");
        return JsonNode.DeepEquals(write.Object, write.Current);
    }

    private static bool SpecChanged(JsonObject changed, JsonObject current)
    {
        foreach (var (member, value) in changed)
        {
            if (member is not ("metadata" or "status" or "apiVersion" or "kind") && !JsonNode.DeepEquals(value, current[member])) return true;
        }
        foreach (var (member, _) in current)
        {
            if (!changed.ContainsKey(member) && member is not ("metadata" or "status" or "apiVersion" or "kind")) return true;
        }
        return false;
    }

    private static void KeepMetadata(JsonObject updated, JsonObject current, KindDefinition kind)
    {
        foreach (var member in (ReadOnlySpan<string>)["name", "uid", "creationTimestamp", "generation", "generateName", "deletionTimestamp", "deletionGracePeriodSeconds"])
        {
            if (current[member] is { } kept) updated[member] = kept.DeepClone();
            else updated.Remove(member);
        }
        if (kind.Namespaced) updated["namespace"] = current.Text("namespace");
        else updated.Remove("namespace");
        updated.Remove("selfLink");
    }

    private static void AddFinalizer(JsonObject metadata, string finalizer)
    {
        var finalizers = metadata.DefaultList("finalizers");
        if (!finalizers.Any(present => present.TextOf() == finalizer)) finalizers.Add(finalizer);
    }

    private static ApiStatus? Check(Preconditions asked, StoredObject state) =>
        asked.Uid is { } uid && uid != state.Uid ? Precondition(state, "UID", uid, state.Uid)
        : asked.ResourceVersion is { } version && version != state.Revision ? ApiStatus.Conflict(state.Key, Modified)
        : null;

    private static ApiStatus Precondition(StoredObject state, string what, string asked, string found) =>
        ApiStatus.Conflict(state.Key, $"Precondition failed: {what} in precondition: {asked}, {what} in object meta: {found}");
}
