namespace ControlPlane.Nodes.Zones;

/// <summary>A node as its zone is judged by it.</summary>
/// <param name="Zone">Region and zone; empty where the node tells neither, which is a zone like any other.</param>
/// <param name="IsMissing">Not Ready, or silent for so long that it soon will be found lost.</param>
/// <param name="IsTold">Whether the Node object says already that it is missing: only then does it take its turn.</param>
/// <param name="IsWatchedHere">Whether this process hears the node itself, and so knows of its silence before its lease is over.</param>
/// <param name="EmptiedAt">When it got the taint that drives its pods away; null: it has none.</param>
public sealed record ZoneNode(string Name, string Zone, bool IsMissing, bool IsTold, bool IsWatchedHere, DateTimeOffset? EmptiedAt);
