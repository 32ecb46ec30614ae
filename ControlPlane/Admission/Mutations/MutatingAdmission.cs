using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using Shared.Api;

namespace ControlPlane.Admission.Mutations;

/// <summary>
/// Lets mutators change an object one after the other. When one of them has, the steps before look at it once more, and so do, in the same order, those policies and webhooks that want to
/// (<c>reinvocationPolicy: IfNeeded</c>) and have not seen what became of it.
/// </summary>
/// <param name="mutators">In their order: in Kubernetes, policies come before webhooks.</param>
/// <param name="again">The steps before that fill in what a mutator may have added. They take hold of nothing.</param>
internal sealed class MutatingAdmission(ImmutableArray<IMutator> mutators, ImmutableArray<IAdmissionStep> again) : IAdmissionStep
{
    /// <inheritdoc/>
    public string Name => nameof(MutatingAdmission);

    /// <inheritdoc/>
    public AdmissionPhase Phase => AdmissionPhase.Mutating;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write)
    {
        foreach (var mutator in mutators)
        {
            if (mutator.AppliesTo(write)) return true;
        }
        return false;
    }

    /// <inheritdoc/>
    public async ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop)
    {
        var (progress, begun) = (new MutationProgress(), new List<IMutation>(mutators.Length));
        foreach (var mutator in mutators)
        {
            if (!mutator.AppliesTo(write)) continue;
            var mutation = mutator.Begin(write, progress, stop);
            begun.Add(mutation);
            if (await mutation.Run(again: false) is { } refusal) return progress.Outcome with { Rejection = refusal };
        }
        if (progress.Changes == 0) return progress.Outcome;
        if (await LookAgain(write, progress, stop) is { } refused) return progress.Outcome with { Rejection = refused };
        foreach (var mutation in begun)
        {
            if (await mutation.Run(again: true) is { } refusal) return progress.Outcome with { Rejection = refusal };
        }
        return progress.Outcome;
    }

    private async ValueTask<ApiStatus?> LookAgain(PendingWrite write, MutationProgress progress, CancellationToken stop)
    {
        foreach (var step in again)
        {
            if (!step.AppliesTo(write)) continue;
            var before = write.Object.DeepClone();
            var outcome = await step.Admit(write, stop);
            if (outcome.Rejection is { } refusal) return refusal;
            if (outcome.IsChanged) ObjectDecider.Default(write);
            if (!JsonNode.DeepEquals(before, write.Object)) progress.Changed();
        }
        return null;
    }
}
