namespace ControlPlane.Objects;

/// <summary>
/// What an object's actor recovers where its newest stored event can't be read. Never stored. The object may be there, so nothing is written in its place; but it
/// can be deleted, which gives its name back.
/// </summary>
/// <param name="Why">What is wrong with the event.</param>
public sealed record ObjectUnreadable(string Why);
