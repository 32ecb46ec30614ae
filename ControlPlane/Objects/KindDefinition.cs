using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects.Schemas;
using ControlPlane.Objects.Selectors;
using Shared.Api;

namespace ControlPlane.Objects;

/// <summary>A column of <c>kubectl get</c>. <paramref name="Priority"/> 0 is always shown, 1 only with <c>-o wide</c>.</summary>
/// <param name="Name">The header, e.g. <c>Ready</c>.</param>
/// <param name="Type">An OpenAPI type: string, integer, number, boolean, date.</param>
/// <param name="Cell">Reads the cell: a string, a number, a boolean or null.</param>
/// <param name="Priority">0, or 1 for wide output.</param>
/// <param name="Format">An OpenAPI format; <c>name</c> marks the name column.</param>
/// <param name="Description">Shown by clients that explain columns.</param>
public sealed record PrinterColumn(
    string Name, string Type, Func<PrinterRow, object?> Cell, int Priority = 0, string Format = "", string Description = "");

/// <summary>What a printer column reads: the object's tree and the time ages are counted from.</summary>
public sealed record PrinterRow(StoredObject Stored, JsonObject Object, DateTimeOffset Now);

/// <summary>
/// One version of one kind: the entry of the catalogue behind discovery, OpenAPI, routing, printing, defaulting and validation. A kind's folder
/// declares it; a snapshot of the catalogue completes it.
/// </summary>
public sealed record KindDefinition
{
    /// <summary>"" for the core group.</summary>
    public required string Group { get; init; }
    public required string Version { get; init; }
    public required string Kind { get; init; }
    public required string Plural { get; init; }
    public required bool Namespaced { get; init; }

    /// <summary>The kind's name in lower case, unless it says otherwise.</summary>
    public string Singular
    {
        get => field.Length > 0 ? field : Kind.ToLowerInvariant();
        init;
    } = "";

    /// <summary>The kind of the kind's lists: its name with <c>List</c> behind it, unless it says otherwise.</summary>
    public string ListKind
    {
        get => field.Length > 0 ? field : $"{Kind}List";
        init;
    } = "";

    public ImmutableArray<string> ShortNames { get; init; } = [];
    public ImmutableArray<string> Categories { get; init; } = [];

    /// <summary>What an object of the kind may hold.</summary>
    public required Schema Schema { get; init; }

    /// <summary>The schema of the kind's lists, for OpenAPI; null for a kind that is not listed.</summary>
    public Schema? ListSchema { get; init; }

    /// <summary>Whether there is a <c>status</c> subresource: then a write of the object leaves status alone, and the reverse.</summary>
    public bool HasStatus { get; init; }

    /// <summary>Whether there is a <c>scale</c> subresource, over the fields that <see cref="Scale"/> names.</summary>
    public bool HasScale { get; init; }

    /// <summary>Where the parts of a Scale stand in the object.</summary>
    public ScalePaths Scale { get; init; } = ScalePaths.Default;

    /// <summary>The verbs discovery lists. Review kinds have <c>create</c> only and are never stored.</summary>
    public ImmutableArray<string> Verbs { get; init; } = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    /// <summary>
    /// Every subresource the kind has, <c>status</c> and <c>scale</c> included, in name order. Filled in by the catalogue.
    /// </summary>
    public ImmutableArray<SubresourceDefinition> Subresources { get; init; } = [];

    /// <summary>Whether objects of this kind are kept. Review kinds, Binding, ComponentStatus and the kinds of metrics.k8s.io are answered, not kept.</summary>
    public bool Stored { get; init; } = true;

    /// <summary>The name of the CustomResourceDefinition that describes the kind; empty for a kind of the server's own.</summary>
    public string Definition { get; init; } = "";

    /// <summary>What a user of the version is told at every request; empty for nothing.</summary>
    public string DeprecationWarning { get; init; } = "";

    /// <summary>An earlier version of the group whose bodies are taken as of this one, since they are the same; empty for none.</summary>
    public string EarlierVersion { get; init; } = "";

    /// <summary>Whether faults that an object had before do not keep it from being changed elsewhere, since its schema may have become stricter.</summary>
    public bool Ratchets { get; init; }

    /// <summary>Whether only the control plane itself uses the kind: it is stored like any other, but no request path leads to it.</summary>
    public bool Internal { get; init; }

    /// <summary>
    /// The resource objects of this version are stored under, if another version (or group) of the same objects is the stored one:
    /// <see cref="Conversion"/> converts.
    /// </summary>
    public GroupResource Storage { get; init; }

    /// <summary>The group and version objects are stored in. Filled in by the catalogue.</summary>
    public string StorageVersion { get; init; } = "";

    /// <summary>Turns objects of this version into the stored one and back; null where this version is the stored one.</summary>
    public IVersionConversion? Conversion { get; init; }

    /// <summary>Rules of single fields that need no code. They are held before those of <see cref="Strategy"/>.</summary>
    public ImmutableArray<FieldRule> Rules { get; init; } = [];

    /// <summary>Defaults, validation and what a write may change, where that takes code.</summary>
    public KindStrategy Strategy { get; init; } = KindStrategy.Default;

    /// <summary>What objects can be selected by, beyond their name and namespace.</summary>
    public ImmutableArray<SelectableField> SelectableFields { get; init; } = [];

    /// <summary>What runs for the kind's objects; null for a kind that is only kept.</summary>
    public KindBehaviour? Behaviour { get; init; }

    /// <summary>Columns of <c>kubectl get</c>; Name and Age where empty.</summary>
    public ImmutableArray<PrinterColumn> Columns { get; init; } = [];

    public GroupResource GroupResource => new(Group, Plural);
    public string GroupVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>Gives absent fields their values, in place: those of the schema, of the rules, and of the strategy.</summary>
    public void ApplyDefaults(JsonObject @object)
    {
        SchemaDefaults.Apply(@object, Schema);
        foreach (var rule in Rules) rule.ApplyDefault(@object);
        Strategy.ApplyDefaults(@object);
    }

    /// <summary>Adds every fault of a new or changed object.</summary>
    public void Validate(JsonObject @object, FieldErrors errors)
    {
        SchemaValidation.Validate(@object, Schema, errors);
        foreach (var rule in Rules) rule.Validate(@object, errors);
        Strategy.Validate(@object, errors);
    }

    /// <summary>Adds every change that is not allowed.</summary>
    public void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        foreach (var rule in Rules) rule.ValidateUpdate(updated, current, errors);
        Strategy.ValidateUpdate(updated, current, errors);
    }

    /// <summary>As <see cref="ValidateUpdate"/>, for the status subresource: its schema counts, the rules do not.</summary>
    public void ValidateStatusUpdate(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        SchemaValidation.Validate(updated, Schema, errors);
        Strategy.ValidateStatusUpdate(updated, current, errors);
    }

    /// <summary>Objects of this version as they are stored. They are taken over.</summary>
    public ValueTask<IReadOnlyList<JsonObject>> ToStorage(IReadOnlyList<JsonObject> objects) =>
        Conversion is null ? new(objects) : Conversion.Convert(objects, GroupVersion, StorageVersion);

    /// <summary>Stored objects in this version. They are taken over.</summary>
    public ValueTask<IReadOnlyList<JsonObject>> FromStorage(IReadOnlyList<JsonObject> objects) =>
        Conversion is null ? new(objects) : Conversion.Convert(objects, StorageVersion, GroupVersion);
}

/// <summary>A subresource as discovery shows it, e.g. <c>pods/eviction</c>: the kind of its body may be of another group than its parent.</summary>
/// <param name="Name">The last path segment, e.g. <c>eviction</c>.</param>
/// <param name="Group">The group of the body's kind.</param>
/// <param name="Version">The version of the body's kind.</param>
/// <param name="Kind">The body's kind, e.g. <c>Eviction</c>.</param>
/// <param name="Body">The body's schema; null where the body is not an API object (log, exec).</param>
/// <param name="Verbs">The verbs discovery lists.</param>
public sealed record SubresourceDefinition(string Name, string Group, string Version, string Kind, Schema? Body, ImmutableArray<string> Verbs);
