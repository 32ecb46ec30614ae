using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Workloads.Deployments;

/// <summary>A ConfigMap or Secret wakes the Deployments of its namespace that ask for a rollout when one changes.</summary>
public sealed class ConfigWakeRule : IWakeRule
{
    private static readonly GroupResource Deployments = new("apps", "deployments");

    /// <inheritdoc/>
    public void Wake(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys)
    {
        if (change.Object.Key is not { Group: "", Resource: "configmaps" or "secrets" } key) return;
        foreach (var deployment in view.List(Deployments, key.Namespace))
        {
            if (ConfigRollout.Wanted(DeploymentState.Of(deployment))) keys.Add(deployment.Key);
        }
    }
}
