using System.Text.Json.Nodes;

namespace ControlPlane.Objects;

/// <summary>
/// Turns objects of one version of a kind into another. Objects come in batches, since a conversion may be asked of another server; those built
/// in complete at once.
/// </summary>
public interface IVersionConversion
{
    /// <summary>Converts objects, which are taken over and may be changed in place.</summary>
    /// <param name="objects">All of version <paramref name="from"/>.</param>
    /// <param name="from">A group and version, e.g. <c>autoscaling/v1</c>.</param>
    /// <param name="to">The group and version wanted.</param>
    /// <returns>As many objects, in the same order.</returns>
    /// <exception cref="VersionConversionException">Who was asked did not convert them.</exception>
    ValueTask<IReadOnlyList<JsonObject>> Convert(IReadOnlyList<JsonObject> objects, string from, string to);
}
