using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Admission.Images;

/// <summary>An image that a pod names.</summary>
/// <param name="Field">Where: <c>spec.containers[0].image</c>.</param>
/// <param name="Owner">What has it: the list and the name of the container or volume.</param>
/// <param name="Text">The image as it is written.</param>
internal sealed record ImageUse(string Field, (string List, string Name) Owner, string Text)
{
    private const int LongestShown = 300;
    private static readonly ImmutableArray<string> Containers = ["initContainers", "containers", "ephemeralContainers"];

    /// <summary>A text as messages show it: of one that is far too long the beginning.</summary>
    public static string Shorten(string text) => text.Length <= LongestShown ? text : $"{text.AsSpan(0, LongestShown)}...";

    /// <summary>All images of a pod's spec: of its containers of every sort, and of its volumes. An empty one is left out: a pod can't have it, and a template may leave it open.</summary>
    /// <param name="spec">The spec; null for none.</param>
    /// <param name="place">Where it stands, <c>spec</c> included.</param>
    public static ImmutableArray<ImageUse> Of(JsonObject? spec, FieldPath place)
    {
        var found = ImmutableArray.CreateBuilder<ImageUse>();
        foreach (var list in Containers) Add(list, ["image"]);
        Add("volumes", ["image", "reference"]);
        return found.ToImmutable();

        void Add(string list, string[] path)
        {
            var items = spec.Items(list);
            for (var i = 0; i < items.Count; i++)
            {
                if (items[i].Text(path) is { Length: > 0 } text) found.Add(new($"{place.Child(list).Item(i)}.{string.Join('.', path)}", (list, items[i].Text("name")), text));
            }
        }
    }

    /// <summary>Those of an object that it did not have before in the same place. What was admitted goes on.</summary>
    public static ImmutableArray<ImageUse> New(ImmutableArray<ImageUse> now, ImmutableArray<ImageUse> before)
    {
        var known = before.Select(use => (use.Owner, use.Text)).ToHashSet();
        return [.. now.Where(use => !known.Contains((use.Owner, use.Text)))];
    }
}
