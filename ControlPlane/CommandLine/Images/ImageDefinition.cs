using System.Collections.Immutable;

namespace ControlPlane.CommandLine.Images;

/// <summary>An image: its full name (<c>docker.io/demo/web:v1</c>), its layers from the bottom up, and how a container of it starts.</summary>
public sealed record ImageDefinition(string Reference, ImmutableArray<ImageLayer> Layers)
{
    public ImmutableArray<string> Entrypoint { get; init; } = [];
    public ImmutableArray<string> Command { get; init; } = [];

    /// <summary><c>NAME=value</c>, beyond PATH.</summary>
    public ImmutableArray<string> Environment { get; init; } = [];
}
