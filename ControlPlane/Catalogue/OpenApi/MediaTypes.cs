using System.Collections.Immutable;

namespace ControlPlane.Catalogue.OpenApi;

/// <summary>The media types bodies are sent and answered in.</summary>
internal static class MediaTypes
{
    public static readonly ImmutableArray<string> Anything = ["*/*"];
    public static readonly ImmutableArray<string> Objects = ["application/json", "application/yaml"];
    public static readonly ImmutableArray<string> Patches =
        ["application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml"];
}
