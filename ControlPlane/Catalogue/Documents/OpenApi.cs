namespace ControlPlane.Catalogue.Documents;

/// <summary>OpenAPI documents; being built.</summary>
public sealed class OpenApi(KindCatalogue catalogue)
{
    /// <summary>The document at a path; null if there is none.</summary>
    public CachedDocument? Find(string path, string? accept) => catalogue.All.IsEmpty ? null : null;
}
