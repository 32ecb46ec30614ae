using System.Globalization;

namespace ControlPlane.Networking.Endpoints;

/// <summary>
/// From what an EndpointSlice was computed. It makes slices move forward only: a write computed from an older view is refused, however late it
/// arrives. That is what <see cref="Drain"/> rests on.
/// </summary>
/// <param name="Pods">Every change of pods up to this revision was seen.</param>
/// <param name="Service">The revision of the Service.</param>
/// <param name="Fence">
/// The highest <paramref name="Pods"/> at which a pod of the Service was first seen terminating. All slices of the Service are rewritten then,
/// so that none can take a late write that lists the pod as ready.
/// </param>
public readonly record struct EndpointBasis(long Pods, long Service, long Fence)
{
    /// <summary>The annotation that holds it.</summary>
    public const string Annotation = "endpoints.actors.io/basis";

    /// <summary>Whether something this one was computed from is older.</summary>
    public bool IsOlderThan(EndpointBasis other) => Pods < other.Pods || Service < other.Service;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Pods}.{Service}.{Fence}");

    /// <summary>Reads what <see cref="ToString"/> writes; anything else is older than everything.</summary>
    public static EndpointBasis Parse(string? text)
    {
        var parts = (text ?? "").Split('.');
        return parts.Length == 3 && Number(parts[0], out var pods) && Number(parts[1], out var service) && Number(parts[2], out var fence) ? new(pods, service, fence) : default;
    }

    private static bool Number(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
