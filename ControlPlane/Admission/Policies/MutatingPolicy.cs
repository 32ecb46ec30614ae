using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Expressions;
using ControlPlane.Objects;
using Shared.Json;

namespace ControlPlane.Admission.Policies;

/// <summary>A MutatingAdmissionPolicy, made ready. Immutable: all writes share it.</summary>
internal sealed class MutatingPolicy : IPolicy
{
    private readonly ImmutableArray<string> _uses;

    private MutatingPolicy(string name, JsonObject? spec)
    {
        Terms = PolicyTerms.Read(name, spec);
        Mutations = [.. spec.Objects("mutations").Select(mutation => PolicyMutation.Read(mutation, Terms.Language))];
        AskAgain = spec.Text("reinvocationPolicy") == "IfNeeded";
        _uses = Terms.Uses(Mutations.Select(mutation => mutation.Expression));
    }

    /// <inheritdoc/>
    public PolicyTerms Terms { get; }

    /// <summary>In the order in which they are carried out: each sees the object as the one before left it.</summary>
    public ImmutableArray<PolicyMutation> Mutations { get; }

    /// <summary>Whether it has a second turn if the object was changed after its first.</summary>
    public bool AskAgain { get; }

    /// <summary>Reads one as it is stored.</summary>
    public static MutatingPolicy Read(StoredObject stored) => new(stored.Key.Name, stored.ToJsonObject().Child("spec"));

    /// <summary>What its expressions see of a write as it is at the moment.</summary>
    /// <param name="input">The write.</param>
    /// <param name="param">The parameters; null for none.</param>
    /// <param name="budget">What all policies may cost for the write together.</param>
    public CelActivation Values(PolicyInput input, JsonObject? param, CelBudget budget) => Terms.Values(_uses, input, param, budget);
}
