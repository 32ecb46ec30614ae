using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Workloads.Jobs;

/// <summary>How Jobs are written. Their pods are told apart by the Job's uid, unless the user selects them.</summary>
public sealed class JobStrategy : KindStrategy
{
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    /// <inheritdoc/>
    public override void PrepareForCreate(JsonObject @object)
    {
        @object["status"] = new JsonObject();
        if (@object.Child("spec") is not { } spec || spec.Flag("manualSelector") == true || spec.Child("template") is not { } template) return;
        var (uid, name) = (@object.Metadata().Text("uid"), @object.Metadata().Text("name"));
        var labels = template.DefaultChild("metadata").DefaultChild("labels");
        foreach (var label in (ReadOnlySpan<string>)[JobNames.LegacyUidLabel, JobNames.UidLabel]) labels[label] = uid;
        foreach (var label in (ReadOnlySpan<string>)[JobNames.LegacyNameLabel, JobNames.NameLabel]) labels[label] = name;
        if (!spec.Has("selector")) spec["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { [JobNames.UidLabel] = uid } };
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
        Selector(@object, spec, errors);
        HostName(@object.Metadata().Text("name"), spec, errors);
    }

    /// <inheritdoc/>
    public override void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        var (now, before) = (updated.Child("spec"), current.Child("spec"));
        Template(now, before, NeverStarted(current), errors);
        if (JsonNode.DeepEquals(now?["completions"], before?["completions"])) return;
        if (before.Text("completionMode") != "Indexed") FieldRules.Unchanged(now, before, "completions", Spec, errors);
        else if (now.Number("completions") is { } completions && completions != now.Number("parallelism"))
        {
            errors.Invalid(Spec.Child("completions"), completions, $"can only be modified in tandem with {Spec.Child("parallelism")}");
        }
    }

    private static void Selector(JsonObject job, JsonObject spec, FieldErrors errors)
    {
        var at = Spec.Child("selector");
        if (spec.Child("selector") is not { } selector)
        {
            errors.Required(at);
            return;
        }
        var (labels, uid) = (spec.Child("template", "metadata", "labels"), job.Metadata().Text("uid"));
        if (spec.Has("template") && !LabelSelector.From(selector).Matches(labels.TextMap()))
        {
            errors.Invalid(Spec.Child("template").Child("metadata").Child("labels"), labels ?? [], "`selector` does not match template `labels`");
        }
        if (spec.Flag("manualSelector") == true) return;
        var matched = selector.TextMap("matchLabels");
        var generated = !selector.HasElements("matchExpressions")
            && matched.Any(label => label.Key is JobNames.UidLabel or JobNames.LegacyUidLabel)
            && matched.All(label => label.Key is JobNames.UidLabel or JobNames.LegacyUidLabel && label.Value == uid);
        if (!generated) errors.Invalid(at, selector, "`selector` not auto-generated");
    }

    /// <summary>The pods of an Indexed Job have its name and their index as their host name.</summary>
    private static void HostName(string name, JsonObject spec, FieldErrors errors)
    {
        if (spec.Text("completionMode") != "Indexed" || spec.Number("completions") is not { } completions || completions <= 0) return;
        if (NameSyntax.DnsLabel($"{name}-{completions - 1}") is { } fault)
        {
            errors.Invalid("metadata.name", name, $"will not able to create pod with invalid DNS label: \"{name}-{completions - 1}\": {fault}");
        }
    }

    private static bool NeverStarted(JsonObject job) => job.Flag("spec", "suspend") == true && !job.Has("status", "startTime");

    /// <summary>Where the pods of a Job that has never started may run can still be told, by whoever lets it start.</summary>
    private static void Template(JsonObject? now, JsonObject? before, bool neverStarted, FieldErrors errors)
    {
        var (updated, current) = (now.Child("template")?.DeepClone().AsObject(), before.Child("template"));
        if (neverStarted && updated is not null)
        {
            foreach (var member in (ReadOnlySpan<string>)["annotations", "labels"]) Keep(updated.DefaultChild("metadata"), current.Child("metadata"), member);
            foreach (var member in (ReadOnlySpan<string>)["nodeSelector", "affinity", "tolerations", "schedulingGates"]) Keep(updated.DefaultChild("spec"), current.Child("spec"), member);
            if (updated.Child("metadata") is { Count: 0 } && !current.Has("metadata")) updated.Remove("metadata");
        }
        if (!JsonNode.DeepEquals(updated, current)) errors.Invalid(Spec.Child("template"), now?["template"], FieldRules.Immutable);
    }

    private static void Keep(JsonObject updated, JsonObject? current, string member)
    {
        if (current?[member] is { } kept) updated[member] = kept.DeepClone();
        else updated.Remove(member);
    }
}
