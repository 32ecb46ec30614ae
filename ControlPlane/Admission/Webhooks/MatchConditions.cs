using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Admission.Webhooks;

/// <summary>
/// The match conditions of a webhook, by Kubernetes' rules: one that is false spares the webhook, whatever the others say; else one that fails counts as a failure of the webhook; else it is asked.
/// </summary>
internal sealed class MatchConditions
{
    private readonly ImmutableArray<(string Name, IMatchCondition Condition)> _all;

    private MatchConditions(ImmutableArray<(string, IMatchCondition)> all) => _all = all;

    public bool Any => !_all.IsEmpty;

    /// <summary>Those of a webhook as it is stored.</summary>
    public static MatchConditions Of(JsonObject webhook, IMatchConditions language) =>
        new([.. webhook.Objects("matchConditions").Select(condition => (condition.Text("name"), Prepare(condition.Text("expression"), language)))]);

    /// <summary>Whether the webhook is asked, or why that can't be said.</summary>
    public MatchFinding Evaluate(MatchInput input)
    {
        var faults = new List<string>();
        foreach (var (name, condition) in _all)
        {
            var finding = condition.Evaluate(input);
            if (finding.Fault is { } fault) faults.Add($"{name}: {fault}");
            else if (!finding.Matches) return new(false);
        }
        return faults.Count == 0 ? new(true) : new(false, string.Join("; ", faults));
    }

    // One that was stored when it had none: it counts as one that fails.
    private static IMatchCondition Prepare(string expression, IMatchConditions language) =>
        language.Fault(expression) is { } fault ? new Faulty(fault) : language.Prepare(expression);

    private sealed class Faulty(string fault) : IMatchCondition
    {
        public MatchFinding Evaluate(MatchInput input) => new(false, fault);
    }
}
