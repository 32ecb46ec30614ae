using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.Patches;

/// <summary>
/// Makes <paramref name="Owner"/> the controller of an object that has none. Refused with a conflict if another controller was faster or the
/// object is being deleted.
/// </summary>
public sealed record AdoptPatch(OwnerRef Owner) : IObjectPatch
{
    /// <summary>A finalizer that the object gets with its owner; empty for none.</summary>
    public string Finalizer { get; init; } = "";

    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var metadata = current.Metadata();
        var owners = metadata.DefaultList("ownerReferences");
        var same = owners.OfType<JsonObject>().FirstOrDefault(entry => entry.Text("uid") == Owner.Uid);
        var rival = owners.OfType<JsonObject>().FirstOrDefault(entry => entry != same && entry.Flag("controller") == true);
        if (rival is not null) return Conflict(metadata, kind, $"it is already controlled by {rival.Text("kind")} {rival.Text("name")}");
        if (metadata.ContainsKey("deletionTimestamp")) return Conflict(metadata, kind, "it is being deleted");
        if (same is not null) owners.Remove(same);
        owners.Add(OwnerReferenceJson.Write(Owner));
        if (Finalizer.Length > 0 && metadata.Texts("finalizers").All(name => name != Finalizer)) metadata.DefaultList("finalizers").Add(Finalizer);
        return current;
    }

    private static ApiStatus Conflict(JsonObject metadata, KindDefinition kind, string why) =>
        ApiStatus.Conflict(new(kind.Group, kind.Plural, metadata.Text("namespace"), metadata.Text("name")), why);
}

/// <summary>Adds references to owners, none of which is a controller, and takes those to others away.</summary>
public sealed record OwnersPatch(ImmutableArray<OwnerRef> Added, ImmutableArray<string> Removed) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var metadata = current.Metadata();
        var owners = metadata.DefaultList("ownerReferences");
        owners.RemoveAll(entry => entry is JsonObject owner && (Removed.Contains(owner.Text("uid")) || Added.Any(added => added.Uid == owner.Text("uid"))));
        foreach (var owner in Added) owners.Add(OwnerReferenceJson.Write(owner));
        if (owners.Count == 0) metadata.Remove("ownerReferences");
        return current;
    }
}

/// <summary>Takes the references to these owners away.</summary>
public sealed record DisownPatch(ImmutableArray<string> OwnerUids) : IObjectPatch
{
    /// <summary>A finalizer that the object loses with its owner; empty for none.</summary>
    public string Finalizer { get; init; } = "";

    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var metadata = current.Metadata();
        if (Finalizer.Length > 0) FinalizerPatch.Remove(metadata, Finalizer);
        if (metadata["ownerReferences"] is not JsonArray owners) return current;
        owners.RemoveAll(entry => entry is JsonObject owner && OwnerUids.Contains(owner.Text("uid")));
        if (owners.Count == 0) metadata.Remove("ownerReferences");
        return current;
    }
}

/// <summary>Lets the owners' deletion go on without this object: <c>blockOwnerDeletion</c> becomes false.</summary>
public sealed record UnblockOwnersPatch : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        if (current.Metadata()["ownerReferences"] is not JsonArray owners) return current;
        foreach (var owner in owners.OfType<JsonObject>()) owner["blockOwnerDeletion"] = false;
        return current;
    }
}

/// <summary>Takes a finalizer away.</summary>
public sealed record FinalizerPatch(string Finalizer) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        Remove(current.Metadata(), Finalizer);
        return current;
    }

    /// <summary>Takes a finalizer out of an object's metadata, and an empty list with it.</summary>
    internal static void Remove(JsonObject metadata, string finalizer)
    {
        if (metadata["finalizers"] is not JsonArray finalizers) return;
        finalizers.RemoveAll(entry => entry.TextOf() == finalizer);
        if (finalizers.Count == 0) metadata.Remove("finalizers");
    }
}

/// <summary>Owner references as JSON.</summary>
public static class OwnerReferenceJson
{
    public static JsonObject Write(OwnerRef owner) => new()
    {
        ["apiVersion"] = owner.ApiVersion,
        ["kind"] = owner.Kind,
        ["name"] = owner.Name,
        ["uid"] = owner.Uid,
        ["controller"] = owner.Controller,
        ["blockOwnerDeletion"] = owner.BlockOwnerDeletion,
    };
}
