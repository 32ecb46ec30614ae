using Shared.Api;

namespace ControlPlane.Objects.Patching;

/// <summary>How patches that cannot be applied are refused.</summary>
internal static class PatchFault
{
    /// <summary>The patch is well formed, but not for this object: 422.</summary>
    public static ApiStatus NotApplicable(string detail) =>
        new(422, "Invalid", $"the server rejected our request due to an error in our request: {detail}");

    /// <summary>The patch contradicts itself: 400.</summary>
    public static ApiStatus Malformed(string detail) => ApiStatus.BadRequest(detail);
}
