using System.Collections.Immutable;

namespace ControlPlane.Objects;

/// <summary>Where the parts of a Scale stand in an object, as members one below the other.</summary>
/// <param name="Replicas">How many there are to be.</param>
/// <param name="Present">How many there are.</param>
/// <param name="Selector">Which pods these are: a selector, or, as custom resources have it, one written as a text. Empty for none.</param>
public sealed record ScalePaths(ImmutableArray<string> Replicas, ImmutableArray<string> Present, ImmutableArray<string> Selector)
{
    public static ScalePaths Default { get; } = new(["spec", "replicas"], ["status", "replicas"], ["spec", "selector"]);
}
