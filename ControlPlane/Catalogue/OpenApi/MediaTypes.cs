using System.Collections.Immutable;
using ControlPlane.Objects;

namespace ControlPlane.Catalogue.OpenApi;

/// <summary>The media types bodies are sent and answered in.</summary>
internal static class MediaTypes
{
    public static readonly ImmutableArray<string> Anything = ["*/*"];
    public static readonly ImmutableArray<string> Objects = ["application/json", "application/yaml"];

    /// <summary>Strategic merge patches are for kinds of the server's own: kubectl sends one wherever it reads here that it may.</summary>
    public static ImmutableArray<string> Patches(KindDefinition kind) => kind.Definition.Length > 0 ? PatchesOfCustomResources : PatchesOfOwnKinds;

    private static readonly ImmutableArray<string> PatchesOfCustomResources = ["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"];
    private static readonly ImmutableArray<string> PatchesOfOwnKinds =
        ["application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml"];
}
