using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Shared.Api;

namespace ControlPlane.Objects.Selectors;

/// <summary>A field that objects of a resource can be selected by.</summary>
internal sealed class SelectableField
{
    private static readonly SelectableField Name = new("metadata.name") { Header = stored => stored.Key.Name };
    private static readonly SelectableField Namespace = new("metadata.namespace") { Header = stored => stored.Key.Namespace };
    private static readonly SelectableField Phase = new("status.phase") { Header = stored => stored.Header.Phase };
    private static readonly SelectableField NodeName = new("spec.nodeName") { Header = stored => stored.Header.NodeName };

    private static readonly FrozenDictionary<GroupResource, ImmutableArray<SelectableField>> Fields = new Dictionary<GroupResource, ImmutableArray<SelectableField>>
    {
        [new("", "pods")] =
        [
            NodeName, Phase, At("spec.restartPolicy"), At("spec.schedulerName"), At("spec.serviceAccountName"), At("spec.hostNetwork", "false"),
            At("status.podIP"), At("status.podIPs"), At("status.nominatedNodeName"), new("spec.host") { Header = stored => stored.Header.NodeName },
        ],
        [new("", "events")] = Events("involvedObject"),
        [new("events.k8s.io", "events")] = Events("regarding"),
        [new("", "nodes")] = [At("spec.unschedulable", "false")],
        [new("", "namespaces")] = [Phase],
        [new("", "secrets")] = [At("type")],
        [new("", "services")] = [At("spec.clusterIP"), At("spec.type")],
        [new("", "replicationcontrollers")] = [At("status.replicas", "0")],
        [new("apps", "replicasets")] = [At("status.replicas", "0")],
        [new("batch", "jobs")] = [new("status.successful", "0", "status.succeeded")],
        [new("certificates.k8s.io", "certificatesigningrequests")] = [At("spec.signerName")],
    }.ToFrozenDictionary();

    private readonly ImmutableArray<byte[]> _path;
    private readonly ImmutableArray<byte[]> _elsePath = [];
    private readonly string _absent;

    private SelectableField(string label, string absent = "", string? path = null, string? elsePath = null)
    {
        (Label, _absent, _path) = (label, absent, Segments(path ?? label));
        if (elsePath is not null) _elsePath = Segments(elsePath);
    }

    /// <summary>How a query names the field.</summary>
    public string Label { get; }

    private Func<StoredObject, string>? Header { get; init; }

    /// <summary>The field of this label; null if the resource's objects cannot be selected by it.</summary>
    public static SelectableField? Find(GroupResource resource, string label)
    {
        if (label == Name.Label) return Name;
        if (label == Namespace.Label) return Namespace;
        return Fields.TryGetValue(resource, out var fields) ? fields.FirstOrDefault(field => field.Label == label) : null;
    }

    /// <summary>The sentence that refuses a label.</summary>
    public static string NotSupported(GroupResource resource, string label) => Fields.ContainsKey(resource)
        ? $"field label not supported: {label}"
        : $"\"{label}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"";

    /// <summary>Whether the object's field has this value. An absent field has the empty value, a flag's is false and a number's 0.</summary>
    public bool Is(StoredObject stored, string value)
    {
        if (Header is { } header) return header(stored) == value;
        var json = stored.Json.Span;
        if (Find(json, _path, value) is { } same) return same;
        if (_elsePath.Length > 0 && Find(json, _elsePath, value) is { } other) return other;
        return value == _absent;
    }

    /// <summary>Whether the text, number or flag at a path is <paramref name="value"/>; null if there is none, or an empty one.</summary>
    private static bool? Find(ReadOnlySpan<byte> json, ImmutableArray<byte[]> path, string value)
    {
        var reader = new Utf8JsonReader(json, ObjectLimits.Reader);
        reader.Read();
        foreach (var segment in path)
        {
            if (reader.TokenType != JsonTokenType.StartObject || !MoveTo(ref reader, segment)) return null;
        }
        // A list of addresses is selected by any of them.
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(value)) return true;
            }
            return false;
        }
        return reader.TokenType switch
        {
            JsonTokenType.String => reader.ValueSpan.IsEmpty ? null : reader.ValueTextEquals(value),
            JsonTokenType.True => value == "true",
            JsonTokenType.False => value == "false",
            JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan) == value,
            _ => null,
        };
    }

    private static bool MoveTo(ref Utf8JsonReader reader, ReadOnlySpan<byte> member)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(member);
            reader.Read();
            if (found) return true;
            reader.Skip();
        }
        return false;
    }

    private static ImmutableArray<SelectableField> Events(string about) =>
    [
        .. from part in new[] { "kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath" }
           select new SelectableField($"{about}.{part}", "", $"involvedObject.{part}", $"regarding.{part}"),
        At("reason"), At("type"),
        new("reportingComponent", "", "reportingComponent", "reportingController"),
        new("reportingController", "", "reportingComponent", "reportingController"),
        new("source", "", "source.component", "reportingComponent"),
    ];

    private static SelectableField At(string label, string absent = "") => new(label, absent);

    private static ImmutableArray<byte[]> Segments(string path) => [.. path.Split('.').Select(Encoding.UTF8.GetBytes)];
}
