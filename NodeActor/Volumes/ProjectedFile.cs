namespace NodeActor.Volumes;

/// <summary>A file of a volume that is written from API objects.</summary>
/// <param name="Path">Relative to the volume.</param>
/// <param name="Mode">Unix permission bits.</param>
internal sealed record ProjectedFile(string Path, byte[] Content, int Mode);
