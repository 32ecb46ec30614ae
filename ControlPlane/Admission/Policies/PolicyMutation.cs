using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Expressions;
using ControlPlane.Objects;
using ControlPlane.Objects.FieldManagement;
using ControlPlane.Objects.Patching;
using Shared.Json;

namespace ControlPlane.Admission.Policies;

/// <summary>What a mutation makes of an object.</summary>
/// <param name="Object">A new tree; null where nothing is to change.</param>
/// <param name="Fault">Why there is none, in Kubernetes' words; null for nothing.</param>
internal readonly record struct MutatedObject(JsonObject? Object, string? Fault = null)
{
    public static implicit operator MutatedObject(string fault) => new(null, fault);
}

/// <summary>One mutation of a MutatingAdmissionPolicy. Immutable.</summary>
internal abstract class PolicyMutation(PolicyExpression expression)
{
    public PolicyExpression Expression => expression;

    /// <summary>Reads one as it is stored.</summary>
    public static PolicyMutation Read(JsonObject mutation, PolicyLanguage language) => mutation.Text("patchType") == "JSONPatch"
        ? new PatchMutation(language.Patch(mutation.Text("jsonPatch", "expression")))
        : new ConfigurationMutation(language.Configuration(mutation.Text("applyConfiguration", "expression")));

    /// <summary>Changes an object, which stays as it was.</summary>
    /// <param name="current">The object that the expression sees.</param>
    /// <param name="body">What it is: the version of its kind, or the kind of a subresource's own object.</param>
    /// <param name="values">What else the expression sees.</param>
    /// <param name="budget">What all policies may cost for the write together.</param>
    public MutatedObject Apply(JsonObject current, KindDefinition body, CelActivation values, CelBudget budget)
    {
        var (value, error) = expression.Evaluate(values, budget);
        if (error is not null) return error;
        if (!value.TryToJson(out var json)) return $"expression '{expression.Text}' evaluated to a value that is no JSON";
        return MutationMessages.Misnamed(value) is { } misnamed ? $"type mismatch: {misnamed}" : Apply(current, body, json);
    }

    /// <summary>Changes an object as the value of the expression says.</summary>
    protected abstract MutatedObject Apply(JsonObject current, KindDefinition body, JsonNode? value);
}

/// <summary>An ApplyConfiguration: what it wants is merged into the object by the kind's schema, as server-side apply does, with nobody to come into conflict with and nobody who owns it afterwards.</summary>
internal sealed class ConfigurationMutation(PolicyExpression expression) : PolicyMutation(expression)
{
    /// <inheritdoc/>
    protected override MutatedObject Apply(JsonObject current, KindDefinition body, JsonNode? value)
    {
        if (value is not JsonObject config) return "unsupported return type from ApplyConfiguration expression: null";
        (config["apiVersion"], config["kind"]) = (body.GroupVersion, body.Kind);
        var read = ObjectDecoder.Check(config, body, FieldValidation.Strict);
        if (read.Object is not { } wanted) return Untyped(read.Rejection!.Message);
        var (root, faults) = (FieldPlace.Root(body.Schema), new List<string>());
        ServerSideApply.Check(wanted, root, "", faults);
        if (faults.Count > 0) return Untyped(string.Join("; ", faults));
        if (AtomicFields.In(wanted, root) is { Count: > 0 } atomic) return $"error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: {string.Join(", ", atomic)}";
        var merged = (JsonObject)current.DeepClone();
        ApplyMerge.Merge(merged, wanted, root);
        return new(merged);
    }

    private static MutatedObject Untyped(string why) => $"error applying patch: failed to convert patch object to typed object: {why}";
}

/// <summary>A JSONPatch. One whose own test fails changes nothing, and is no failure.</summary>
internal sealed class PatchMutation(PolicyExpression expression) : PolicyMutation(expression)
{
    /// <inheritdoc/>
    protected override MutatedObject Apply(JsonObject current, KindDefinition body, JsonNode? value)
    {
        var outcome = JsonPatch.Apply((JsonObject)current.DeepClone(), value, out var hasFailedTest);
        if (hasFailedTest) return default;
        return outcome.Object is { } patched ? new MutatedObject(patched) : $"JSON Patch: {outcome.Rejection!.Message}";
    }
}
