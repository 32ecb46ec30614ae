using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Workloads.Jobs;

/// <summary>How Jobs are written. Their pods are told apart by the Job's uid, unless the user selects them.</summary>
public sealed class JobStrategy : KindStrategy
{
    private const string UidLabel = "batch.kubernetes.io/controller-uid";
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    /// <inheritdoc/>
    public override void PrepareForCreate(JsonObject @object)
    {
        @object["status"] = new JsonObject();
        if (@object.Child("spec") is not { } spec || spec.Flag("manualSelector") == true || spec.Child("template") is not { } template) return;
        var (uid, name) = (@object.Metadata().Text("uid"), @object.Metadata().Text("name"));
        var labels = template.DefaultChild("metadata").DefaultChild("labels");
        foreach (var label in (ReadOnlySpan<string>)["controller-uid", UidLabel]) labels[label] = uid;
        foreach (var label in (ReadOnlySpan<string>)["job-name", "batch.kubernetes.io/job-name"]) labels[label] = name;
        if (!spec.Has("selector")) spec["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { [UidLabel] = uid } };
    }

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        if (@object.Child("spec") is { } spec) JobSpec.ApplyDefaults(spec);
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec") ?? [];
        JobSpec.Validate(spec, Spec, errors);
        if (!spec.Has("selector")) errors.Required(Spec.Child("selector"));
        var labels = spec.Child("template", "metadata", "labels");
        if (spec.Has("selector") && spec.Has("template") && !LabelSelector.From(spec["selector"]).Matches(labels.TextMap()))
        {
            errors.Invalid(Spec.Child("template").Child("metadata").Child("labels"), labels ?? [], "`selector` does not match template `labels`");
        }
    }

    /// <inheritdoc/>
    public override void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        var (now, before) = (updated.Child("spec"), current.Child("spec"));
        if (before.Text("completionMode") != "Indexed") FieldRules.Unchanged(now, before, "completions", Spec, errors);
    }
}
