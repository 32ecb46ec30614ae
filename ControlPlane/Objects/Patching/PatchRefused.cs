using Shared.Api;

namespace ControlPlane.Objects.Patching;

/// <summary>Unwinds a recursive merge whose patch breaks a rule. Never leaves the patch's <c>Apply</c>.</summary>
internal sealed class PatchRefused(ApiStatus status) : Exception(status.Message)
{
    public ApiStatus Status => status;

    public static PatchRefused Malformed(string detail) => new(PatchFault.Malformed(detail));

    public static PatchRefused NotApplicable(string detail) => new(PatchFault.NotApplicable(detail));
}
