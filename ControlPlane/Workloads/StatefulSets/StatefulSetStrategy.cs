using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using ControlPlane.Workloads.Pods.Specs;
using Shared.Json;

namespace ControlPlane.Workloads.StatefulSets;

/// <summary>How StatefulSets are written.</summary>
public sealed class StatefulSetStrategy : KindStrategy
{
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    private static readonly string[] Changeable =
        ["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"];

    /// <inheritdoc/>
    public override void PrepareForCreate(JsonObject @object) => @object["status"] = new JsonObject { ["replicas"] = 0L };

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        if (@object.Child("spec") is not { } spec) return;
        PodSpecDefaults.ApplyToTemplate(spec);
        spec.Default("podManagementPolicy", "OrderedReady");
        spec.Default("replicas", 1);
        spec.Default("revisionHistoryLimit", 10);
        var strategy = spec.DefaultChild("updateStrategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Text("type") == "RollingUpdate") strategy.DefaultChild("rollingUpdate").Default("partition", 0);
        var retention = spec.DefaultChild("persistentVolumeClaimRetentionPolicy");
        retention.Default("whenDeleted", "Retain");
        retention.Default("whenScaled", "Retain");
        foreach (var claim in spec.Objects("volumeClaimTemplates"))
        {
            claim.Default("apiVersion", "v1");
            claim.Default("kind", "PersistentVolumeClaim");
            claim.DefaultChild("spec").Default("volumeMode", "Filesystem");
            claim.DefaultChild("status").Default("phase", "Pending");
        }
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec") ?? [];
        // A claim gives the pods made of the template a volume of its name.
        PodTemplateRules.Validate(WithClaimVolumes(spec), "statefulset", Spec, errors, "Always");
        FieldRules.OneOf(spec, "podManagementPolicy", Spec, errors, "OrderedReady", "Parallel");
        FieldRules.NotNegative(spec, "replicas", Spec, errors);
        FieldRules.NotNegative(spec, "minReadySeconds", Spec, errors);
        FieldRules.NotNegative(spec, "revisionHistoryLimit", Spec, errors);
        FieldRules.NotNegative(spec.Child("ordinals"), "start", Spec.Child("ordinals"), errors);
        var (strategy, at) = (spec.Child("updateStrategy"), Spec.Child("updateStrategy"));
        FieldRules.OneOf(strategy, "type", at, errors, "OnDelete", "RollingUpdate");
        FieldRules.NotNegative(strategy.Child("rollingUpdate"), "partition", at.Child("rollingUpdate"), errors);
        if (strategy.Text("type") == "OnDelete" && strategy.Has("rollingUpdate")) errors.Invalid(at.Child("rollingUpdate"), strategy!["rollingUpdate"], "only allowed for updateStrategy 'RollingUpdate'");
        var retention = Spec.Child("persistentVolumeClaimRetentionPolicy");
        FieldRules.OneOf(spec.Child("persistentVolumeClaimRetentionPolicy"), "whenDeleted", retention, errors, "Delete", "Retain");
        FieldRules.OneOf(spec.Child("persistentVolumeClaimRetentionPolicy"), "whenScaled", retention, errors, "Delete", "Retain");
        FieldRules.Optional(spec, "serviceName", Spec, errors, NameSyntax.DnsSubdomain);
    }

    /// <inheritdoc/>
    public override void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        var (now, before) = (updated.Child("spec") ?? [], current.Child("spec") ?? []);
        var members = now.Select(member => member.Key).Union(before.Select(member => member.Key)).Except(Changeable);
        if (members.Any(member => !JsonNode.DeepEquals(now[member], before[member])))
        {
            errors.Forbidden(Spec, "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
                + "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
        }
    }

    private static JsonObject WithClaimVolumes(JsonObject spec)
    {
        if (!spec.HasElements("volumeClaimTemplates") || spec.Child("template", "spec") is null) return spec;
        var filled = (JsonObject)spec.DeepClone();
        var pod = filled.Child("template").Child("spec")!;
        var volumes = pod.List("volumes") ?? [];
        pod["volumes"] = volumes;
        foreach (var claim in spec.Objects("volumeClaimTemplates"))
        {
            var name = claim.Child("metadata").Text("name");
            if (volumes.OfType<JsonObject>().All(volume => volume.Text("name") != name)) volumes.Add(new JsonObject { ["name"] = name, ["emptyDir"] = new JsonObject() });
        }
        return filled;
    }
}
