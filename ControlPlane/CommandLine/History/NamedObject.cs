using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.CommandLine.Clusters;
using ControlPlane.History;
using ControlPlane.Hosting;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.CommandLine.History;

/// <summary>An object as a user names it, such as <c>deployment/web</c>, and what can be asked of its history.</summary>
internal sealed class NamedObject
{
    private static readonly string[] Kept = ["name", "namespace", "labels", "annotations"];
    private readonly KindDefinition _kind;
    private readonly ObjectKey _key;

    private NamedObject(KindDefinition kind, ObjectKey key) => (_kind, _key) = (kind, key);

    /// <summary>The versions of it that are known.</summary>
    public string HistoryPath =>
        $"{Base}?fieldSelector={Uri.EscapeDataString($"{ObjectVersion.ResourceField}={_key.GroupResource},{ObjectVersion.NameField}={_key.Name}")}";

    private string Base => _kind.Namespaced
        ? $"/apis/{HistoryKinds.Group}/v1/namespaces/{_key.Namespace}/{HistoryKinds.Namespaced.Plural}"
        : $"/apis/{HistoryKinds.Group}/v1/{HistoryKinds.ClusterWide.Plural}";

    private string Collection => $"/{(_kind.Group.Length == 0 ? "api" : "apis")}/{_kind.GroupVersion}/{(_kind.Namespaced ? $"namespaces/{_key.Namespace}/" : "")}{_kind.Plural}";

    /// <summary>Reads <c>KIND/NAME</c>; the kind may be named as kubectl lets it be.</summary>
    /// <exception cref="CommandFailedException">There is no such kind.</exception>
    public static NamedObject Read(string text, string @namespace)
    {
        if (text.Split('/') is not [{ Length: > 0 } word, { Length: > 0 } name]) throw new CommandFailedException($"'{text}' is not KIND/NAME, such as deployment/web.");
        var kind = BuiltInKinds.All.FirstOrDefault(kind => kind is { Stored: true, Internal: false, Conversion: null } && IsMeant(kind, word.ToLowerInvariant()))
            ?? throw new CommandFailedException($"There is no kind '{word}'.");
        return new(kind, new(kind.Group, kind.Plural, kind.Namespaced ? @namespace : "", name));
    }

    /// <summary>Gives the object back what a version of it said, and tells what was done. A write that comes in between is not lost: then this one is refused.</summary>
    /// <exception cref="CommandFailedException">The version is not known, or the API refuses what it says.</exception>
    public async Task<string> Restore(ClusterClient client, long revision, CancellationToken stop)
    {
        var path = $"{Base}/{Uri.EscapeDataString(ObjectVersion.NameOf(_key, revision))}";
        var then = (await client.Send(HttpMethod.Get, path, stop)).Child("version")!;
        var now = (await client.Send(HttpMethod.Get, HistoryPath, stop)).Objects("items").Last();
        var wanted = then.DeepClone().AsObject();
        wanted.Remove("status");
        wanted["metadata"] = wanted.Metadata().Pick(Kept);
        if (now.Flag("deleted") == true)
        {
            Unbound(wanted);
            await client.Send(HttpMethod.Post, Collection, stop, wanted);
            return string.Create(CultureInfo.InvariantCulture, $"{this} was deleted; it is there again as of revision {revision}");
        }
        var current = await client.Send(HttpMethod.Get, $"{Collection}/{_key.Name}", stop);
        foreach (var (name, value) in current.Child("metadata")!)
        {
            if (name is "resourceVersion" or "uid" or "ownerReferences" or "finalizers") wanted.Metadata()[name] = value?.DeepClone();
        }
        await client.Send(HttpMethod.Put, $"{Collection}/{_key.Name}", stop, wanted);
        return string.Create(CultureInfo.InvariantCulture, $"{this} says what it said at revision {revision}");
    }

    public override string ToString() => $"{_key.GroupResource}/{_key.Name}";

    // What a controller or the scheduler chose for the one that is gone is chosen anew.
    private void Unbound(JsonObject wanted)
    {
        var spec = wanted.Child("spec");
        if (_kind is { Group: "", Kind: "Pod" }) spec?.Remove("nodeName");
        if (_kind is { Group: "", Kind: "Service" } && spec.Text("clusterIP") != "None")
        {
            spec?.Remove("clusterIP");
            spec?.Remove("clusterIPs");
        }
        if (_kind is not { Group: "batch", Kind: "Job" } || spec.Flag("manualSelector") == true) return;
        spec?.Remove("selector");
        foreach (var labels in new[] { wanted.Child("metadata", "labels"), spec.Child("template", "metadata", "labels") }.OfType<JsonObject>())
        {
            foreach (var generated in labels.Select(label => label.Key).Where(label => label.EndsWith("controller-uid", StringComparison.Ordinal)).ToArray()) labels.Remove(generated);
        }
    }

    private static bool IsMeant(KindDefinition kind, string word)
    {
        var dot = word.IndexOf('.', StringComparison.Ordinal);
        if (dot > 0 && word[(dot + 1)..] != kind.Group) return false;
        var name = dot > 0 ? word[..dot] : word;
        return name == kind.Plural || name == kind.Singular || kind.ShortNames.Contains(name);
    }
}
