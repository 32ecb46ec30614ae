using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.History;

/// <summary>Makes the objects of history.actors.dev out of the journal's events.</summary>
internal static class ObjectVersion
{
    public const string ResourceField = "object.resource";
    public const string NameField = "object.name";
    private const int MostChanges = 100;
    private const int LongestValue = 200;

    /// <summary>The name of a version: <c>deployments.apps:web:1234</c>.</summary>
    public static string NameOf(ObjectKey key, long revision) => string.Create(CultureInfo.InvariantCulture, $"{key.GroupResource}:{key.Name}:{revision}");

    /// <summary>Reads what <see cref="NameOf"/> writes; names of objects may have colons of their own.</summary>
    public static bool TryReadName(string text, [NotNullWhen(true)] out GroupResource? resource, out string name, out long revision)
    {
        (resource, name, revision) = (null, "", 0);
        var (first, last) = (text.IndexOf(':', StringComparison.Ordinal), text.LastIndexOf(':'));
        if (first <= 0 || last <= first + 1 || !long.TryParse(text.AsSpan(last + 1), NumberStyles.None, CultureInfo.InvariantCulture, out revision)) return false;
        (resource, name) = (GroupResource.Parse(text[..first]), text[(first + 1)..last]);
        return true;
    }

    /// <summary>A version as it is answered.</summary>
    /// <param name="kind">One of <see cref="HistoryKinds"/>.</param>
    /// <param name="event">The write.</param>
    /// <param name="before">The one before it of the same object, if that is known.</param>
    /// <param name="whole">Whether with the object as it was then, and with values whole.</param>
    public static StoredObject Of(KindDefinition kind, CommittedEvent @event, CommittedEvent? before, bool whole)
    {
        var (key, audit, root) = (@event.Event.Key, @event.Event.Audit, @event.Event.ToStored().ToJsonObject());
        var name = NameOf(key, @event.Revision);
        var metadata = new JsonObject { ["name"] = name };
        if (kind.Namespaced) metadata["namespace"] = key.Namespace;
        metadata["creationTimestamp"] = Rfc3339.Write(audit.At);

        // What was there before a deletion says nothing of what comes after it.
        var old = before is null || before.Event.Deleted ? null : before.Event.ToStored().ToJsonObject();
        var changes = TreeChanges.Between(old, root).Take(MostChanges).Select(change => Shown(change, key, whole)).ToArray();
        var tree = new JsonObject
        {
            ["kind"] = kind.Kind,
            ["apiVersion"] = kind.GroupVersion,
            ["metadata"] = metadata,
            ["object"] = new JsonObject
            {
                ["apiVersion"] = root.Text("apiVersion"), ["kind"] = root.Text("kind"), ["resource"] = key.GroupResource.ToString(), ["name"] = key.Name, ["uid"] = root.Text("metadata", "uid"),
            },
            ["revision"] = @event.Revision,
            ["verb"] = audit.Verb,
            ["user"] = audit.User,
            ["manager"] = audit.Manager,
            ["deleted"] = @event.Event.Deleted,
            ["changes"] = new JsonArray([.. changes]),
        };
        if (whole) tree["version"] = root;
        return new(new(kind.Group, kind.Plural, kind.Namespaced ? key.Namespace : "", name), ObjectJson.ToUtf8(tree), 0);
    }

    // What a Secret holds is told only to who asks for one version of it.
    private static JsonObject Shown(TreeChange change, ObjectKey key, bool whole)
    {
        var shown = new JsonObject { ["field"] = change.Field };
        if (!whole && key is { Group: "", Resource: "secrets" }) return shown;
        if (change.Before is { } before) shown["before"] = Value(before, whole);
        if (change.After is { } after) shown["after"] = Value(after, whole);
        return shown;
    }

    private static JsonNode Value(JsonNode value, bool whole)
    {
        if (whole) return value.DeepClone();
        var text = value.ToJsonString();
        return text.Length <= LongestValue ? value.DeepClone() : (JsonNode)$"{text.AsSpan(0, LongestValue)}...";
    }
}
