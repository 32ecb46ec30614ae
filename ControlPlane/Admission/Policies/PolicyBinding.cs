using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Json;

namespace ControlPlane.Admission.Policies;

/// <summary>A ValidatingAdmissionPolicyBinding or MutatingAdmissionPolicyBinding, made ready. Immutable. The latter has no actions.</summary>
/// <param name="Policy">The name of the policy.</param>
/// <param name="Params">Which parameters; null for none.</param>
/// <param name="Denies">Whether what does not keep the policy is refused.</param>
/// <param name="Warns">Whether it is warned of.</param>
/// <param name="Audits">Whether the audit log has it.</param>
/// <param name="Actions">The three, as they were written.</param>
internal sealed record PolicyBinding(string Name, string Policy, PolicyMatch Match, ParamRef? Params, bool Denies, bool Warns, bool Audits, ImmutableArray<string> Actions)
{
    /// <summary>Reads one as it is stored.</summary>
    public static PolicyBinding Read(StoredObject stored)
    {
        var spec = stored.ToJsonObject().Child("spec");
        ImmutableArray<string> actions = [.. spec.Texts("validationActions")];
        return new(stored.Key.Name, spec.Text("policyName"), PolicyMatch.Read(spec.Child("matchResources")), ParamRef.Read(spec.Child("paramRef")), actions.Contains("Deny"), actions.Contains("Warn"), actions.Contains("Audit"), actions);
    }
}

/// <summary>Which objects are the parameters of a policy.</summary>
/// <param name="Name">Of the one object; empty where they are selected.</param>
/// <param name="Namespace">Where they are; empty for the namespace of the write.</param>
/// <param name="Selector">Null for all.</param>
/// <param name="DeniesNone">Whether the write is refused if there is none.</param>
internal sealed record ParamRef(string Name, string Namespace, LabelSelector? Selector, bool DeniesNone)
{
    /// <summary>Reads one as it is stored.</summary>
    public static ParamRef? Read(JsonObject? reference) =>
        reference is null ? null : new(reference.Text("name"), reference.Text("namespace"), Webhook.Selector(reference.Child("selector")), reference.Text("parameterNotFoundAction") == "Deny");
}

/// <summary>The kind that a policy's parameters are of.</summary>
internal sealed record ParamKind(string Group, string Version, string Kind)
{
    /// <summary>Reads one as it is stored; null for none.</summary>
    public static ParamKind? Read(JsonObject? kind)
    {
        if (kind is null) return null;
        var version = kind.Text("apiVersion");
        return version.IndexOf('/', StringComparison.Ordinal) is > -1 and var at ? new(version[..at], version[(at + 1)..], kind.Text("kind")) : new("", version, kind.Text("kind"));
    }

    public override string ToString() => $"{Group}/{Version}, Kind={Kind}";
}
