using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Admission.Mutations;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Catalogue;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Expressions;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Admission.Policies;

/// <summary>
/// Changes objects by MutatingAdmissionPolicies and their bindings: Kubernetes' plug-in <c>MutatingAdmissionPolicy</c>. It leaves nothing behind, so a dry run is treated like any write. What is deleted
/// has nothing to change.
/// </summary>
/// <param name="index">The policies there are.</param>
/// <param name="reach">Finds those that are for a write.</param>
/// <param name="isSpared">Which writes no policy changes.</param>
internal sealed class MutatingPolicies(PolicyIndex<MutatingPolicy> index, PolicyReach reach, Func<PendingWrite, bool> isSpared) : IMutator
{
    /// <param name="index">The policies there are.</param>
    /// <param name="reach">Finds those that are for a write.</param>
    public MutatingPolicies(PolicyIndex<MutatingPolicy> index, PolicyReach reach)
        : this(index, reach, SelfRepair.NeedsNoPolicies)
    {
    }

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) => write.Operation is not WriteOperation.Delete && reach.Concerns(index.Current, write) && !isSpared(write);

    /// <inheritdoc/>
    public IMutation Begin(PendingWrite write, MutationProgress progress, CancellationToken stop) => new Round(index, reach, write, progress);

    /// <summary>A policy that has its turn, with one binding and the parameters that this found.</summary>
    private sealed record Turn(MutatingPolicy Policy, PolicyBinding Binding, JsonObject? Param, KindDefinition As)
    {
        /// <summary>What is the same one the second time.</summary>
        public (string Policy, string Binding, string Namespace, string Param) Key => (Policy.Terms.Name, Binding.Name, Param.Text("metadata", "namespace"), Param.Text("metadata", "name"));
    }

    /// <summary>One write on its way from policy to policy.</summary>
    private sealed class Round(PolicyIndex<MutatingPolicy> index, PolicyReach reach, PendingWrite write, MutationProgress progress) : IMutation
    {
        // More are not told: parameters may be many.
        private const int MostCauses = 64;
        private readonly CelBudget _budget = new();
        private readonly Dictionary<(string, string, string, string), int> _seen = [];
        private readonly List<(string Message, string Reason)> _failures = [];
        private (WebhookQuestion Question, PolicyInput Input, int AsOf)? _shown;

        /// <inheritdoc/>
        public async ValueTask<ApiStatus?> Run(bool again)
        {
            var versions = reach.Versions(write);

            // Whose turn it is was decided before the first had his, as in Kubernetes.
            foreach (var turn in await Turns(versions))
            {
                if (again && !(turn.Policy.AskAgain && _seen.TryGetValue(turn.Key, out var seen) && seen < progress.Changes)) continue;
                await Take(turn, versions[0]);
            }
            return _failures.Count == 0 ? null : Refusal();
        }

        private async ValueTask<List<Turn>> Turns(ImmutableArray<KindDefinition> versions)
        {
            var turns = new List<Turn>();
            foreach (var (policy, bindings) in index.Current)
            {
                if (reach.Meant(policy.Terms.Match, write, versions) is not { } meant) continue;
                foreach (var binding in bindings)
                {
                    if (reach.Meant(binding.Match, write, versions) is null) continue;
                    var found = await reach.Params(policy.Terms, binding, write);
                    if (found.Fault is { } fault) Fail(policy, found.OfPolicy ? null : binding, $"failed to configure {(found.OfPolicy ? "policy" : "binding")}: {fault}", "Forbidden");
                    else turns.AddRange(found.All.Select(param => new Turn(policy, binding, param, meant)));
                }
            }
            return turns;
        }

        private async ValueTask Take(Turn turn, KindDefinition spoken)
        {
            var policy = turn.Policy;
            var (matches, doubt) = policy.Terms.IsMeant(policy.Values((await Shown(turn.As, spoken)).Input, turn.Param, _budget), _budget);
            if (doubt is not null) Fail(policy, turn.Binding, doubt);
            if (!matches) return;
            foreach (var mutation in policy.Mutations)
            {
                var (question, input) = await Shown(turn.As, spoken);
                var body = RequestBodies.Of(turn.As, write.Subresource) ?? turn.As;
                var made = mutation.Apply(question.Object!, body, policy.Values(input, turn.Param, _budget), _budget);
                var fault = made.Fault ?? (made.Object is { } changed ? await Take(changed, question) : null);
                if (fault is not null) Fail(policy, turn.Binding, fault);
            }
            _seen[turn.Key] = progress.Changes;
        }

        // Null, or why the object can't be taken.
        private async ValueTask<string?> Take(JsonObject changed, WebhookQuestion question)
        {
            if (changed.Text("metadata", "uid") != question.Object.Text("metadata", "uid")) return "attempted to change metadata.uid, which is not supported";
            if (changed.Has("metadata", "managedFields")) return "attempted to change metadata.managedFields, which is not supported";

            // What a custom resource does not have is dropped, as from what clients send.
            var (isChanged, fault) = await AdmittedChange.Take(write, question, changed, write.Kind.Definition.Length == 0 ? FieldValidation.Strict : FieldValidation.Ignore);
            if (isChanged) progress.Changed();
            return fault;
        }

        private async ValueTask<(WebhookQuestion Question, PolicyInput Input)> Shown(KindDefinition @as, KindDefinition spoken)
        {
            if (_shown is not { } shown || shown.AsOf != progress.Changes || !ReferenceEquals(shown.Question.As, @as))
            {
                var question = await WebhookQuestion.Of(write, @as, spoken, shared: true);
                _shown = shown = (question, reach.Input(question, write), progress.Changes);
            }
            return (shown.Question, shown.Input);
        }

        private void Fail(MutatingPolicy policy, PolicyBinding? binding, string message, string reason = "Invalid")
        {
            if (policy.Terms.MayFail || _failures.Count == MostCauses) return;
            var name = policy.Terms.Name;
            _failures.Add((binding is null ? $"policy \"{name}\" denied request: {message}" : $"policy '{name}' with binding '{binding.Name}' denied request: {message}", reason));
        }

        private ApiStatus Refusal()
        {
            var key = write.Command.Key;
            return new(403, _failures[0].Reason, _failures[0].Message) { Name = key.Name, Group = key.Group, Kind = key.Resource, Causes = [.. _failures.Select(failure => new StatusCause("", failure.Message, ""))] };
        }
    }
}
