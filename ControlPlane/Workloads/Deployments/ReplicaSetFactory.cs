using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads.Patches;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.Deployments;

/// <summary>Makes the ReplicaSet of a Deployment's template, named and labelled by the template's hash.</summary>
internal static class ReplicaSetFactory
{
    public static ObjectKey KeyOf(DeploymentState deployment) =>
        new("apps", "replicasets", deployment.Stored.Key.Namespace, $"{deployment.Name}-{deployment.PodTemplate.Hash(deployment.CollisionCount)}");

    public static CreateObject Create(DeploymentState deployment, OwnerRef owner, int replicas, long revision, Requester by)
    {
        var key = KeyOf(deployment);
        var hash = key.Name[(deployment.Name.Length + 1)..];
        var template = JsonObject.Create(deployment.Template)!;
        template = template.DeepClone().AsObject();
        Hashed(template.Metadata(), hash);
        var selector = JsonObject.Create(deployment.SelectorJson)!.DeepClone().AsObject();
        var matched = selector.DefaultChild("matchLabels");
        matched[PodTemplate.HashLabel] = hash;
        var annotations = new JsonObject();
        foreach (var (name, value) in RevisionAnnotations.Copied(deployment.Annotations)) annotations[name] = value;
        annotations[RevisionAnnotations.Revision] = revision.ToString(CultureInfo.InvariantCulture);
        annotations[RevisionAnnotations.DesiredReplicas] = deployment.Replicas.ToString(CultureInfo.InvariantCulture);
        annotations[RevisionAnnotations.MaxReplicas] = deployment.Budget.MaxTotal.ToString(CultureInfo.InvariantCulture);
        var spec = new JsonObject { ["replicas"] = replicas, ["selector"] = selector, ["template"] = template };
        if (deployment.MinReadySeconds > 0) spec["minReadySeconds"] = deployment.MinReadySeconds;
        var labels = new JsonObject();
        foreach (var (name, value) in deployment.TemplateLabels) labels[name] = value;
        labels[PodTemplate.HashLabel] = hash;
        var set = new JsonObject
        {
            ["apiVersion"] = "apps/v1",
            ["kind"] = "ReplicaSet",
            ["metadata"] = new JsonObject
            {
                ["name"] = key.Name,
                ["namespace"] = key.Namespace,
                ["labels"] = labels,
                ["annotations"] = annotations,
                ["ownerReferences"] = new JsonArray(OwnerReferenceJson.Write(owner)),
            },
            ["spec"] = spec,
        };
        return new(key, set, by);
    }

    private static void Hashed(JsonObject metadata, string hash)
    {
        var labels = metadata.DefaultChild("labels");
        labels[PodTemplate.HashLabel] = hash;
    }
}
