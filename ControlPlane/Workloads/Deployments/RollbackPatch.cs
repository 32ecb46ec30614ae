using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Json;

namespace ControlPlane.Workloads.Deployments;

/// <summary>Gives a Deployment a template it had before, and remembers which ReplicaSets did not get ready.</summary>
/// <param name="Revision">The revision the template is of.</param>
/// <param name="Failed">Their names.</param>
public sealed record RollbackPatch(JsonBytes Template, long Revision, string Failed) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        current.DefaultChild("spec")["template"] = Template.ToJsonObject();
        current.Metadata().DefaultChild("annotations")[AutomaticRollback.Failed] = Failed;
        return current;
    }
}
