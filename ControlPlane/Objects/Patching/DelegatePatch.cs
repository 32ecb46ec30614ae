using System.Text.Json.Nodes;

namespace ControlPlane.Objects.Patching;

/// <summary>
/// A change the control plane makes itself, as code. For commands to actors of the same process only: it cannot be sent to another member.
/// The delegate must be pure, as it may run more than once.
/// </summary>
public sealed class DelegatePatch(Func<JsonObject, PatchOutcome> change) : IObjectPatch
{
    /// <param name="change">Changes the tree in place.</param>
    public DelegatePatch(Action<JsonObject> change)
        : this(current =>
        {
            change(current);
            return current;
        })
    {
    }

    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind) => change(current);
}
