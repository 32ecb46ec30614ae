using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Api;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Strategies;

/// <summary>Writes objects of one kind through the decider, as its actor would, and tells what came of it.</summary>
internal sealed class KindCase(string group, string plural, string @namespace = "default")
{
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2030-01-02T03:04:05Z", CultureInfo.InvariantCulture);
    private static readonly Requester User = new("alice", "kubectl", []);
    private readonly KindDefinition _kind = TestCatalogue.Default.FindStored(new(group, plural))!;

    /// <summary>The stored object of a create; fails if it is refused.</summary>
    public StoredObject Create(string json, string name = "web") => Stored(Decide(null, name, json));

    /// <summary>The tree a create stores.</summary>
    public JsonObject Created(string json, string name = "web") => Create(json, name).ToJsonObject();

    /// <summary>The faults of a create, each as <c>field: message</c>.</summary>
    public string[] CreateFaults(string json, string name = "web") => Faults(Decide(null, name, json));

    /// <summary>The faults of a merge patch of an object.</summary>
    public string[] PatchFaults(StoredObject stored, string patch) => Faults(Patch(stored, patch));

    /// <summary>The object after a merge patch; fails if it is refused.</summary>
    public JsonObject Patched(StoredObject stored, string patch) => Stored(Patch(stored, patch)).ToJsonObject();

    /// <summary>The object after an update with a whole new object.</summary>
    public JsonObject Updated(StoredObject stored, string json)
    {
        var replacement = Complete(json, stored.Key.Name);
        return Stored(ObjectDecider.Decide(_kind, stored, new UpdateObject(stored.Key, replacement, "", User), Now)).ToJsonObject();
    }

    /// <summary>The object after a delete, and whether it is gone.</summary>
    public (JsonObject Object, bool Gone) Deleted(StoredObject stored, long? grace = null)
    {
        var decision = ObjectDecider.Decide(_kind, stored, new DeleteObject(stored.Key, grace, Propagation.Background, User), Now);
        Assert.NotNull(decision.Event);
        return (JsonNode.Parse(decision.Event.Json)!.AsObject(), decision.Event.Deleted);
    }

    /// <summary>A stored object with members the control plane would have set.</summary>
    public StoredObject With(StoredObject stored, Action<JsonObject> change)
    {
        var tree = stored.ToJsonObject();
        change(tree);
        return new(stored.Key, ObjectJson.ToUtf8(tree), stored.Revision);
    }

    private Decision Patch(StoredObject stored, string patch) =>
        ObjectDecider.Decide(_kind, stored, new PatchObject(stored.Key, new FieldPatch(JsonNode.Parse(patch)!.AsObject()), "", User), Now);

    private Decision Decide(StoredObject? state, string name, string json)
    {
        var key = new ObjectKey(group, plural, _kind.Namespaced ? @namespace : "", name);
        return ObjectDecider.Decide(_kind, state, new CreateObject(key, Complete(json, name), User), Now);
    }

    private JsonObject Complete(string json, string name)
    {
        var tree = JsonNode.Parse(json)!.AsObject();
        tree["apiVersion"] = _kind.GroupVersion;
        tree["kind"] = _kind.Kind;
        tree.Metadata()["name"] = name;
        return tree;
    }

    private static StoredObject Stored(Decision decision)
    {
        Assert.True(decision.Rejection is null, decision.Rejection?.Message);
        if (decision.Unchanged is { } same) return same;
        decision.Event!.Committed(7);
        return decision.Event.ToStored();
    }

    private static string[] Faults(Decision decision)
    {
        if (decision.Rejection is not { } rejection) return [];
        Assert.Equal((422, "Invalid"), (rejection.Code, rejection.Reason));
        return [.. rejection.Causes.Select(cause => $"{cause.Field}: {cause.Message}")];
    }
}
