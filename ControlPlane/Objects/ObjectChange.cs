namespace ControlPlane.Objects;

/// <summary>A change as watchers see it. <paramref name="Previous"/> is the version before, if the object existed.</summary>
public sealed record ObjectChange(StoredObject Object, StoredObject? Previous, bool Deleted);
