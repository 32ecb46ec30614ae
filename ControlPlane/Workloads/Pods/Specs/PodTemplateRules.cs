using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Workloads.Pods.Specs;

/// <summary>What the selector and the pod template of a workload must look like together.</summary>
internal static class PodTemplateRules
{
    /// <param name="spec">The workload's spec.</param>
    /// <param name="kind">The kind as messages name it, e.g. <c>deployment</c>.</param>
    /// <param name="restartPolicies">The restart policies its pods may have.</param>
    public static void Validate(JsonObject spec, string kind, FieldPath path, FieldErrors errors, params string[] restartPolicies)
    {
        Selector(spec, kind, path, errors);
        Template(spec, path, errors, restartPolicies);
    }

    /// <summary>The template alone, for kinds whose selector is not the user's.</summary>
    public static void Template(JsonObject spec, FieldPath path, FieldErrors errors, params string[] restartPolicies)
    {
        var at = path.Child("template");
        if (spec.Child("template") is not { } template)
        {
            errors.Required(at);
            return;
        }
        ObjectMetaValidation.ValidateTemplate(template.Child("metadata"), at.Child("metadata"), errors);
        var pod = template.Child("spec") ?? [];
        PodSpecRules.Validate(pod, at.Child("spec"), errors);
        if (restartPolicies.Length > 0 && !restartPolicies.Contains(pod.Text("restartPolicy")))
        {
            errors.NotSupported(at.Child("spec").Child("restartPolicy"), pod.Text("restartPolicy"), restartPolicies);
        }
        if (pod.HasElements("ephemeralContainers")) errors.Forbidden(at.Child("spec").Child("ephemeralContainers"), "ephemeral containers not allowed in pod template");
    }

    private static void Selector(JsonObject spec, string kind, FieldPath path, FieldErrors errors)
    {
        var at = path.Child("selector");
        if (spec.Child("selector") is not { } selector)
        {
            errors.Required(at);
            return;
        }
        LabelSelectorRules.Validate(selector, at, errors);
        if (LabelSelectorRules.IsEmpty(selector)) errors.Invalid(at, selector.DeepClone(), $"empty selector is invalid for {kind}");
        var labels = spec.Child("template", "metadata", "labels");
        if (spec.Has("template") && !LabelSelector.From(selector).Matches(labels.TextMap()))
        {
            errors.Invalid(path.Child("template").Child("metadata").Child("labels"), labels ?? [], "`selector` does not match template `labels`");
        }
    }
}
