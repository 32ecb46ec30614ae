using System.Globalization;
using Shared.Api;

namespace ControlPlane.Nodes.Streams;

/// <summary>
/// A place in what a node is told: in a snapshot, the revision the changes after it begin at and the last object sent; among the changes, the last object sent
/// of those that are told at one revision. Later pages of a snapshot may hold newer versions; the changes repeat them, and the agent passes over what it already has.
/// </summary>
internal sealed record StreamPlace(long Revision, int Part, string Namespace, string Name)
{
    /// <summary>The place of an object that is told at a revision.</summary>
    public static StreamPlace Of(long revision, ObjectKey key) => new(revision, FollowedResources.PartOf(key), key.Namespace, key.Name);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Revision}/{Part}/{Namespace}/{Name}");

    /// <summary>Reads what <see cref="ToString"/> wrote; null for anything else.</summary>
    public static StreamPlace? Parse(string text)
    {
        var parts = text.Split('/');
        return parts.Length == 4 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var part) ? new(revision, part, parts[2], parts[3]) : null;
    }

    /// <summary>The order in which objects are told.</summary>
    public int CompareTo(StreamPlace other) =>
        Revision != other.Revision ? Revision.CompareTo(other.Revision)
        : Part != other.Part ? Part.CompareTo(other.Part)
        : string.CompareOrdinal(Namespace, other.Namespace) is not 0 and var order ? order
        : string.CompareOrdinal(Name, other.Name);
}
