using System.Text.Json;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.ControllerRevisions;

/// <summary>A template that a set has or had, as a ControllerRevision keeps it; parsed once per version.</summary>
internal sealed class SetRevision
{
    private PodTemplate? _podTemplate;

    public required StoredObject Stored { get; init; }

    /// <summary>Higher ones are later.</summary>
    public required long Number { get; init; }

    /// <summary>The pod template.</summary>
    public required JsonElement Template { get; init; }

    public string Name => Stored.Key.Name;

    /// <summary>The template in the form templates are compared in.</summary>
    public PodTemplate PodTemplate => _podTemplate ??= PodTemplate.Of(Template);

    /// <summary>The last part of its name, which tells it from the set's others.</summary>
    public string Hash => Name[(Name.LastIndexOf('-') + 1)..];

    public static SetRevision Of(StoredObject stored) => stored.Project(Read);

    private static SetRevision Read(StoredObject stored)
    {
        var root = ObjectLimits.ParseElement(stored.Json);
        return new() { Stored = stored, Number = root.Number("revision") ?? 0, Template = root.At("data", "spec", "template") };
    }
}
