using System.Text.Json.Nodes;
using Shared.Api;

namespace ControlPlane.Objects;

/// <summary>
/// The rules of writing an object, the same for every kind: create, update, patch and delete with Kubernetes' treatment of metadata, status,
/// generation, grace and finalizers. Pure: (state, command, now) -> decision.
/// </summary>
public static class ObjectDecider
{
    private const string Modified = "the object has been modified; please apply your changes to the latest version and try again";

    /// <param name="kind">The stored version of the object's kind.</param>
    /// <param name="state">The live object, or null if there is none.</param>
    /// <param name="command">What is asked for. Its trees may be consumed.</param>
    /// <param name="now">The time of the decision.</param>
    public static Decision Decide(KindDefinition kind, StoredObject? state, ObjectCommand command, DateTimeOffset now) => command switch
    {
        CreateObject create => Create(kind, state, create, now),
        _ when state is null => ApiStatus.NotFound(command.Key),
        UpdateObject update => Update(kind, state, update, now),
        PatchObject patch => Patch(kind, state, patch, now),
        DeleteObject delete => Delete(kind, state, delete, now),
        _ => ApiStatus.MethodNotAllowed($"{command.GetType().Name} is not supported on {command.Key.GroupResource}"),
    };

    /// <summary>
    /// Stores a change that the control plane itself made to a tree of the object, without the checks meant for clients. Deletion is completed
    /// if nothing holds the object any more.
    /// </summary>
    public static Decision StoreTrusted(KindDefinition kind, StoredObject state, JsonObject changed, Requester by, string verb, DateTimeOffset now) =>
        Finish(kind, state, state.ToJsonObject(), changed, by, verb, now);

    private static Decision Create(KindDefinition kind, StoredObject? state, CreateObject command, DateTimeOffset now)
    {
        if (state is not null) return state.Uid == command.Uid ? Decision.Keep(state) : ApiStatus.AlreadyExists(command.Key);
        var created = command.Object;
        var metadata = created.Metadata();
        foreach (var member in (ReadOnlySpan<string>)["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "managedFields", "selfLink", "generation"])
        {
            metadata.Remove(member);
        }
        metadata["name"] = command.Key.Name;
        if (kind.Namespaced) metadata["namespace"] = command.Key.Namespace;
        else metadata.Remove("namespace");
        metadata["uid"] = command.Uid;
        metadata["creationTimestamp"] = ObjectJson.Timestamp(now);
        if (created.ContainsKey("spec")) metadata["generation"] = 1;
        if (kind.HasStatus && !kind.Strategy.KeepsStatusOnCreate) created.Remove("status");
        kind.Strategy.PrepareForCreate(created);
        kind.ApplyDefaults(created);
        var errors = new FieldErrors();
        ObjectMetaValidation.Validate(created, kind, errors);
        kind.Validate(created, errors);
        return errors.Any ? Invalid(kind, command.Key, errors) : Decision.Store(new(command.Key, ObjectJson.ToUtf8(created), deleted: false, Audit(command.By, "create", now)));
    }

    private static Decision Update(KindDefinition kind, StoredObject state, UpdateObject command, DateTimeOffset now)
    {
        if (Check(command.Preconditions, state) is { } refusal) return refusal;
        return Replace(kind, state, command.Object, command.Subresource, command.By, "update", now);
    }

    private static Decision Patch(KindDefinition kind, StoredObject state, PatchObject command, DateTimeOffset now)
    {
        if (Check(command.Preconditions, state) is { } refusal) return refusal;
        var tree = state.ToJsonObject();
        var outcome = command.Patch.Apply(tree, kind);
        if (outcome.Rejection is { } rejection) return rejection;
        var patched = outcome.Object!;
        var metadata = patched.Metadata();
        if (metadata.Text("resourceVersion") is { Length: > 0 } version && version != state.Revision.ToString()) return ApiStatus.Conflict(state.Key, Modified);
        if (metadata.Text("uid") is { Length: > 0 } uid && uid != state.Uid) return Precondition(state, "UID", uid, state.Uid);
        return metadata.Text("name") is var name && name.Length > 0 && name != state.Key.Name
            ? ApiStatus.BadRequest($"the name of the object ({name}) does not match the name on the URL ({state.Key.Name})")
            : Replace(kind, state, patched, command.Subresource, command.By, "patch", now);
    }

    private static Decision Replace(KindDefinition kind, StoredObject state, JsonObject replacement, string subresource, Requester by, string verb, DateTimeOffset now)
    {
        var current = state.ToJsonObject();
        var updated = replacement;
        var errors = new FieldErrors();
        if (subresource == "status")
        {
            updated = state.ToJsonObject();
            if (replacement["status"] is { } status) updated["status"] = status.DeepClone();
            else updated.Remove("status");
            kind.ValidateStatusUpdate(updated, current, errors);
        }
        else
        {
            if (kind.HasStatus && !JsonNode.DeepEquals(updated["status"], current["status"]))
            {
                if (current["status"] is { } kept) updated["status"] = kept.DeepClone();
                else updated.Remove("status");
            }
            KeepMetadata(updated.Metadata(), current.Metadata(), kind);
            kind.Strategy.PrepareForUpdate(updated, current);
            kind.ApplyDefaults(updated);
            ObjectMetaValidation.ValidateUpdate(updated, current, kind, errors);
            kind.Validate(updated, errors);
            kind.ValidateUpdate(updated, current, errors);
        }
        return errors.Any ? Invalid(kind, state.Key, errors) : Finish(kind, state, current, updated, by, verb, now);
    }

    private static Decision Delete(KindDefinition kind, StoredObject state, DeleteObject command, DateTimeOffset now)
    {
        if (Check(command.Preconditions, state) is { } refusal) return refusal;
        var current = state.ToJsonObject();
        var changed = state.ToJsonObject();
        var metadata = changed.Metadata();
        var grace = Math.Max(0, kind.Strategy.GraceSeconds(current, command.GraceSeconds));
        if (state.Header.DeletionTimestamp is null)
        {
            if (command.Propagation is Propagation.Foreground) AddFinalizer(metadata, "foregroundDeletion");
            if (command.Propagation is Propagation.Orphan) AddFinalizer(metadata, "orphan");
        }
        var pending = metadata.Number("deletionGracePeriodSeconds");
        if (state.Header.DeletionTimestamp is null || (pending is { } left && grace < left))
        {
            metadata["deletionTimestamp"] = ObjectJson.Timestamp(now.AddSeconds(grace));
            metadata["deletionGracePeriodSeconds"] = grace;
            if (metadata.Number("generation") is { } generation && state.Header.DeletionTimestamp is null) metadata["generation"] = generation + 1;
            kind.Strategy.PrepareForDelete(changed);
        }
        return Finish(kind, state, current, changed, command.By, "delete", now);
    }

    /// <summary>Stores a changed object, or its tombstone if it was only waiting for this change.</summary>
    private static Decision Finish(KindDefinition kind, StoredObject state, JsonObject current, JsonObject changed, Requester by, string verb, DateTimeOffset now)
    {
        var metadata = changed.Metadata();
        metadata.Remove("resourceVersion");
        metadata.Remove("managedFields");
        var deleted = metadata.ContainsKey("deletionTimestamp") && (metadata.Number("deletionGracePeriodSeconds") ?? 0) == 0;
        deleted &= !metadata.HasElements("finalizers") && !kind.Strategy.HoldsDeletion(changed);
        current.Metadata().Remove("resourceVersion");
        if (!deleted)
        {
            if (metadata.Number("generation") is { } generation && verb != "delete" && SpecChanged(changed, current)) metadata["generation"] = generation + 1;
            if (JsonNode.DeepEquals(changed, current)) return Decision.Keep(state);
        }
        return Decision.Store(new(state.Key, ObjectJson.ToUtf8(changed), deleted, Audit(by, verb, now)));
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
        if (metadata["finalizers"] is not JsonArray finalizers) metadata["finalizers"] = finalizers = [];
        if (!finalizers.Any(present => present?.GetValue<string>() == finalizer)) finalizers.Add(finalizer);
    }

    private static ApiStatus? Check(Preconditions asked, StoredObject state) =>
        asked.Uid is { } uid && uid != state.Uid ? Precondition(state, "UID", uid, state.Uid)
        : asked.ResourceVersion is { } version && version != state.Revision ? ApiStatus.Conflict(state.Key, Modified)
        : null;

    private static ApiStatus Precondition(StoredObject state, string what, string asked, string found) =>
        ApiStatus.Conflict(state.Key, $"Precondition failed: {what} in precondition: {asked}, {what} in object meta: {found}");

    private static ApiStatus Invalid(KindDefinition kind, ObjectKey key, FieldErrors errors) => ApiStatus.Invalid(kind.Group, kind.Kind, key.Name, errors.Causes);

    private static WriteAudit Audit(Requester by, string verb, DateTimeOffset now) => new(by.User, verb, by.Manager, now);
}
