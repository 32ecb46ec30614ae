using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Admission.Policies;
using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Admission;

/// <summary>Admission policies and what binds them.</summary>
internal static class AdmissionPolicyKinds
{
    private static readonly ImmutableArray<PrinterColumn> BindingColumns = [Name, Field("PolicyName", "", "spec", "policyName"), Text("ParamRef", ParamRef), Age];

    public static ImmutableArray<KindDefinition> Definitions { get; } =
    [
        Mutating(KindOf.Cluster<V1MutatingAdmissionPolicy>()),
        MutatingBinding(KindOf.Cluster<V1MutatingAdmissionPolicyBinding>()),
        KindOf.Cluster<V1ValidatingAdmissionPolicy>() with
        {
            HasStatus = true,
            Categories = KindOf.ApiExtensions,
            Strategy = new ValidatingPolicyStrategy(),
            Behaviour = EntityBehaviour.Of(ValidatingPolicyActor.Props),
            Columns = [Name, Number("Validations", policy => policy.Items("spec", "validations").Count), Text("ParamKind", ParamKind), Age],
        },
        KindOf.Cluster<V1ValidatingAdmissionPolicyBinding>() with { Categories = KindOf.ApiExtensions, Strategy = new PolicyBindingStrategy(mutating: false), Columns = BindingColumns },

        // The version before differs in its name only.
        Mutating(KindOf.Cluster<V1beta1MutatingAdmissionPolicy>()) with { Conversion = new RenamedVersion() },
        MutatingBinding(KindOf.Cluster<V1beta1MutatingAdmissionPolicyBinding>()) with { Conversion = new RenamedVersion() },
    ];

    private static KindDefinition Mutating(KindDefinition kind) => kind with
    {
        Categories = KindOf.ApiExtensions,
        Strategy = new MutatingPolicyStrategy(),
        Columns = [Name, Number("Mutations", policy => policy.Items("spec", "mutations").Count), Text("ParamKind", ParamKind), Age],
    };

    private static KindDefinition MutatingBinding(KindDefinition kind) => kind with { Categories = KindOf.ApiExtensions, Strategy = new PolicyBindingStrategy(mutating: true), Columns = BindingColumns };

    private static string ParamKind(JsonObject policy) =>
        policy.At("spec", "paramKind") is { } kind ? $"{kind.Text("apiVersion")}/{kind.Text("kind")}" : Unset;

    private static string ParamRef(JsonObject binding)
    {
        if (binding.At("spec", "paramRef") is not { } reference) return Unset;
        return reference.Text("namespace") is { Length: > 0 } space ? $"{space}/{Or(reference.Text("name"), "*")}" : Or(reference.Text("name"), "*");
    }
}
