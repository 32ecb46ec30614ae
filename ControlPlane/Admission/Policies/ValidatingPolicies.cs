using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Expressions;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using Shared.Api;

namespace ControlPlane.Admission.Policies;

/// <summary>
/// Judges writes by ValidatingAdmissionPolicies and their bindings: by Kubernetes' plug-in of this name. It sees the object as it will be stored, answers at once, and leaves nothing behind, so a dry
/// run is judged like any write.
/// </summary>
internal sealed class ValidatingPolicies : IAdmissionStep
{
    private readonly PolicyIndex<ValidatingPolicy> _index;
    private readonly PolicyReach _reach;
    private readonly Func<PendingWrite, bool> _isSpared;

    /// <param name="index">The policies there are.</param>
    /// <param name="reach">Finds those that are for a write.</param>
    public ValidatingPolicies(PolicyIndex<ValidatingPolicy> index, PolicyReach reach)
        : this(index, reach, SelfRepair.NeedsNoPolicies)
    {
    }

    /// <summary>As the other, of a test that has another guard, or none.</summary>
    /// <param name="index">The policies there are.</param>
    /// <param name="reach">Finds those that are for a write.</param>
    /// <param name="isSpared">Which writes no policy judges.</param>
    public ValidatingPolicies(PolicyIndex<ValidatingPolicy> index, PolicyReach reach, Func<PendingWrite, bool> isSpared) => (_index, _reach, _isSpared) = (index, reach, isSpared);

    /// <inheritdoc/>
    public string Name => "ValidatingAdmissionPolicy";

    /// <inheritdoc/>
    public AdmissionPhase Phase => AdmissionPhase.Validating;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) => _reach.Concerns(_index.Current, write) && !_isSpared(write);

    /// <inheritdoc/>
    public async ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop)
    {
        var (versions, round) = (_reach.Versions(write), new Round());
        foreach (var bound in _index.Current)
        {
            if (_reach.Meant(bound.Policy.Terms.Match, write, versions) is not { } meant) continue;
            foreach (var binding in bound.Bindings)
            {
                if (_reach.Meant(binding.Match, write, versions) is null) continue;
                await Judge(bound.Policy, binding, write, meant, versions[0], round);
            }
        }
        return new AdmissionOutcome(round.Refusal) { Notes = round.Notes() };
    }

    private async ValueTask Judge(ValidatingPolicy policy, PolicyBinding binding, PendingWrite write, KindDefinition meant, KindDefinition spoken, Round round)
    {
        var name = policy.Terms.Name;
        var found = await _reach.Params(policy.Terms, binding, write);
        if (found.Fault is { } fault)
        {
            if (policy.Terms.MayFail) return;
            round.Refusal ??= found.OfPolicy
                ? Refusal(write, $"ValidatingAdmissionPolicy '{name}' denied request: failed to configure policy: {fault}", ValidatingPolicy.Invalid)
                : Denial(policy, binding, write, new($"failed to configure binding: {fault}", ValidatingPolicy.Invalid));
            return;
        }
        if (found.All.IsEmpty) return;
        if (!ReferenceEquals(round.As, meant)) (round.As, round.Input) = (meant, _reach.Input(await WebhookQuestion.Of(write, meant, spoken, shared: true), write));
        foreach (var param in found.All)
        {
            var verdict = policy.Judge(round.Input!, param, round.Budget);
            foreach (var failure in verdict.Failures)
            {
                if (binding.Denies) round.Refusal ??= Denial(policy, binding, write, failure);
                if (binding.Warns) round.Warn($"Validation failed for ValidatingAdmissionPolicy '{name}' with binding '{binding.Name}': {failure.Message}");
                if (binding.Audits) round.Audit(policy, binding, failure);
            }
            foreach (var (key, value) in verdict.Annotations) round.Annotate($"{name}/{key}", value);
        }
    }

    private static ApiStatus Denial(ValidatingPolicy policy, PolicyBinding binding, PendingWrite write, PolicyFailure failure) =>
        Refusal(write, $"ValidatingAdmissionPolicy '{policy.Terms.Name}' with binding '{binding.Name}' denied request: {failure.Message}", failure.Reason);

    private static ApiStatus Refusal(PendingWrite write, string message, string reason)
    {
        var key = write.Command.Key;
        var code = reason switch
        {
            "Forbidden" => 403,
            "Unauthorized" => 401,
            "RequestEntityTooLarge" => 413,
            _ => 422,
        };
        return new(code, reason, $"{key.GroupResource} \"{key.Name}\" is forbidden: {message}") { Name = key.Name, Group = key.Group, Kind = key.Resource, Causes = [new("", message, "")] };
    }

    /// <summary>One write on its way from policy to policy.</summary>
    private sealed class Round
    {
        // More are not told: an answer's headers take fewer, and what the audit log is to have travels with the answer.
        private const int Most = 64;
        private const int MostText = 64 * 1024;
        private List<string>? _warnings;
        private JsonArray? _failures;
        private int _text;
        private Dictionary<string, List<string>>? _annotations;

        /// <summary>The version of <see cref="Input"/>.</summary>
        public KindDefinition? As { get; set; }
        public PolicyInput? Input { get; set; }
        public CelBudget Budget { get; } = new();

        /// <summary>The first there was: the write is looked at to its end all the same, for what else is to be told of it.</summary>
        public ApiStatus? Refusal { get; set; }

        public void Warn(string warning)
        {
            if ((_warnings ??= []).Count < Most) _warnings.Add(warning);
        }

        /// <summary>A failure in the form that Kubernetes writes into the audit log.</summary>
        public void Audit(ValidatingPolicy policy, PolicyBinding binding, PolicyFailure failure)
        {
            if ((_failures ??= []).Count >= Most || (_text += failure.Message.Length) > MostText) return;
            _failures.Add((JsonNode)new JsonObject
            {
                ["message"] = failure.Message, ["policy"] = policy.Terms.Name, ["binding"] = binding.Name, ["expressionIndex"] = failure.Index,
                ["validationActions"] = new JsonArray([.. binding.Actions.Select(action => (JsonNode?)action)]),
            });
        }

        /// <summary>Several values of one key stand one after the other, the same one once.</summary>
        public void Annotate(string key, string value)
        {
            var values = (_annotations ??= []).TryGetValue(key, out var known) ? known : _annotations[key] = [];
            if (values.Count < Most && !values.Contains(value) && (_text += value.Length) <= MostText) values.Add(value);
        }

        public WriteNotes? Notes()
        {
            if (_warnings is null && _failures is null && _annotations is null) return null;
            var annotations = (_annotations ?? []).ToImmutableDictionary(annotation => annotation.Key, annotation => string.Join(", ", annotation.Value));
            if (_failures is not null) annotations = annotations.Add("validation.policy.admission.k8s.io/validation_failure", _failures.ToJsonString());
            return new() { Warnings = [.. _warnings ?? []], Annotations = annotations };
        }
    }
}
