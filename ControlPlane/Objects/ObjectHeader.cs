using System.Collections.Immutable;
using System.Text.Json;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Objects;

/// <summary>An entry of <c>metadata.ownerReferences</c>.</summary>
public sealed record OwnerRef(string ApiVersion, string Kind, string Name, string Uid, bool Controller, bool BlockOwnerDeletion);

/// <summary>The parts of an object that indexes, selectors and planners read, scanned in one pass without building a tree.</summary>
public sealed record ObjectHeader
{
    public string Uid { get; private set; } = "";
    public long Generation { get; private set; }
    public DateTimeOffset CreationTimestamp { get; private set; }

    /// <summary>Set once deletion has been asked for; the object lives on until its finalizers or its node let it go.</summary>
    public DateTimeOffset? DeletionTimestamp { get; private set; }
    public ImmutableArray<string> Finalizers { get; private set; } = [];
    public ImmutableArray<OwnerRef> Owners { get; private set; } = [];
    public IReadOnlyDictionary<string, string> Labels { get; private set; } = ImmutableDictionary<string, string>.Empty;

    /// <summary><c>spec.nodeName</c>; empty where there is none.</summary>
    public string NodeName { get; private set; } = "";

    /// <summary><c>status.phase</c>; empty where there is none.</summary>
    public string Phase { get; private set; } = "";

    /// <summary>Whether the condition of type Ready is True.</summary>
    public bool Ready { get; private set; }

    /// <summary>When the Ready condition last changed.</summary>
    public DateTimeOffset? ReadySince { get; private set; }

    /// <summary>The owner that manages this object, if any.</summary>
    public OwnerRef? Controller { get; private set; }

    /// <summary>Where in the JSON the members of its metadata begin; 0 where there is no metadata.</summary>
    internal int MetadataAt { get; private set; }

    /// <summary>Reads the header. Members of an unexpected type are passed over: validation is not this type's work.</summary>
    /// <exception cref="JsonException">The bytes are not a JSON object, or nested deeper than <see cref="ObjectLimits.MaxDepth"/>.</exception>
    public static ObjectHeader Scan(ReadOnlySpan<byte> json)
    {
        var header = new ObjectHeader();
        var reader = new Utf8JsonReader(json, ObjectLimits.Reader);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("The bytes are not a JSON object.");
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("metadata"u8)) header.ReadMetadata(ref reader);
            else if (reader.ValueTextEquals("spec"u8)) header.ReadSpec(ref reader);
            else if (reader.ValueTextEquals("status"u8)) header.ReadStatus(ref reader);
            else reader.Pass();
        }
        return header;
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (!reader.Enter(JsonTokenType.StartObject)) return;
        MetadataAt = (int)reader.TokenStartIndex + 1;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("uid"u8)) Uid = reader.Text();
            else if (reader.ValueTextEquals("generation"u8)) Generation = reader.Number() ?? 0;
            else if (reader.ValueTextEquals("creationTimestamp"u8)) CreationTimestamp = reader.Time() ?? default;
            else if (reader.ValueTextEquals("deletionTimestamp"u8)) DeletionTimestamp = reader.Time();
            else if (reader.ValueTextEquals("finalizers"u8)) Finalizers = reader.Texts();
            else if (reader.ValueTextEquals("ownerReferences"u8)) ReadOwners(ref reader);
            else if (reader.ValueTextEquals("labels"u8)) ReadLabels(ref reader);
            else reader.Pass();
        }
    }

    private void ReadSpec(ref Utf8JsonReader reader)
    {
        if (!reader.Enter(JsonTokenType.StartObject)) return;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("nodeName"u8)) NodeName = reader.Text();
            else reader.Pass();
        }
    }

    private void ReadStatus(ref Utf8JsonReader reader)
    {
        if (!reader.Enter(JsonTokenType.StartObject)) return;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("phase"u8)) Phase = reader.Text();
            else if (reader.ValueTextEquals("conditions"u8)) ReadConditions(ref reader);
            else reader.Pass();
        }
    }

    private void ReadConditions(ref Utf8JsonReader reader)
    {
        if (!reader.Enter(JsonTokenType.StartArray)) return;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject) { reader.Skip(); continue; }
            var (isReady, isTrue) = (false, false);
            DateTimeOffset? since = null;
            while (reader.NextMember())
            {
                if (reader.ValueTextEquals("type"u8)) isReady = reader.IsText("Ready"u8);
                else if (reader.ValueTextEquals("status"u8)) isTrue = reader.IsText("True"u8);
                else if (reader.ValueTextEquals("lastTransitionTime"u8)) since = reader.Time();
                else reader.Pass();
            }
            if (isReady) (Ready, ReadySince) = (isTrue, since);
        }
    }

    private void ReadOwners(ref Utf8JsonReader reader)
    {
        if (!reader.Enter(JsonTokenType.StartArray)) return;
        var owners = ImmutableArray.CreateBuilder<OwnerRef>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject) { reader.Skip(); continue; }
            var (apiVersion, kind, name, uid, controller, block) = ("", "", "", "", false, false);
            while (reader.NextMember())
            {
                if (reader.ValueTextEquals("apiVersion"u8)) apiVersion = reader.Text();
                else if (reader.ValueTextEquals("kind"u8)) kind = reader.Text();
                else if (reader.ValueTextEquals("name"u8)) name = reader.Text();
                else if (reader.ValueTextEquals("uid"u8)) uid = reader.Text();
                else if (reader.ValueTextEquals("controller"u8)) controller = reader.Flag() == true;
                else if (reader.ValueTextEquals("blockOwnerDeletion"u8)) block = reader.Flag() == true;
                else reader.Pass();
            }
            owners.Add(new(apiVersion, kind, name, uid, controller, block));
        }
        Owners = owners.DrainToImmutable();
        Controller = Owners.FirstOrDefault(owner => owner.Controller);
    }

    private void ReadLabels(ref Utf8JsonReader reader)
    {
        if (!reader.Enter(JsonTokenType.StartObject)) return;
        var labels = new Dictionary<string, string>(4, StringComparer.Ordinal);
        while (reader.NextMember())
        {
            var name = reader.GetString()!;
            labels[name] = reader.Text();
        }
        if (labels.Count > 0) Labels = labels;
    }
}
