using System.Collections.Immutable;
using System.Text.Json;
using Shared.Json;

namespace ControlPlane.Workloads.Jobs;

/// <summary>What a failed pod means for its Job.</summary>
internal enum FailureAction { Count, Ignore, FailIndex, FailJob }

/// <summary>What a failure policy says of one pod. <paramref name="Message"/> explains a <see cref="FailureAction.FailJob"/>.</summary>
internal readonly record struct FailureVerdict(FailureAction Action, string Message = "");

/// <summary><c>spec.podFailurePolicy</c>: the first rule that a failed pod meets decides; one that meets none is counted.</summary>
internal sealed class FailurePolicy(ImmutableArray<FailureRule> rules)
{
    /// <summary>The policy a spec has; one without rules where it has none.</summary>
    public static FailurePolicy Read(JsonElement spec)
    {
        var rules = ImmutableArray.CreateBuilder<FailureRule>();
        foreach (var rule in spec.Objects("podFailurePolicy", "rules")) rules.Add(FailureRule.Read(rule));
        return new(rules.DrainToImmutable());
    }

    public FailureVerdict Judge(JobPod pod)
    {
        for (var i = 0; i < rules.Length; i++)
        {
            if (rules[i].Explain(pod) is not { } why) continue;
            return new(rules[i].Action, $"{why} matching {rules[i].Action} rule at index {i}");
        }
        return new(FailureAction.Count);
    }
}

/// <summary>One rule: exit codes of containers, or conditions of the pod.</summary>
internal sealed record FailureRule(
    FailureAction Action, string Container, bool NotIn, ImmutableArray<int> ExitCodes, ImmutableArray<(string Type, string Status)> Conditions)
{
    public static FailureRule Read(JsonElement rule)
    {
        var exits = rule.At("onExitCodes");
        var conditions = ImmutableArray.CreateBuilder<(string, string)>();
        foreach (var pattern in rule.Objects("onPodConditions"))
        {
            conditions.Add((pattern.Text("type"), pattern.Text("status") is { Length: > 0 } status ? status : "True"));
        }
        return new(
            Enum.TryParse<FailureAction>(rule.Text("action"), out var action) ? action : FailureAction.Count,
            exits.Text("containerName"),
            exits.Text("operator") == "NotIn",
            exits.At("values") is { ValueKind: JsonValueKind.Array } values ? [.. values.EnumerateArray().Select(value => value.GetInt32())] : [],
            conditions.DrainToImmutable());
    }

    /// <summary>How the pod meets the rule; null if it does not.</summary>
    public string? Explain(JobPod pod)
    {
        foreach (var (container, code) in pod.Facts.ExitCodes)
        {
            // An exit with 0 is no failure, whatever the list says.
            if (ExitCodes.IsEmpty || code == 0 || (Container.Length > 0 && container != Container) || ExitCodes.Contains(code) == NotIn) continue;
            return $"Container {container} for pod {pod.Key.Namespace}/{pod.Key.Name} failed with exit code {code}";
        }
        foreach (var (type, status) in Conditions)
        {
            if (pod.Facts.Conditions.Any(condition => condition.Type == type && condition.Status == status))
            {
                return $"Pod {pod.Key.Namespace}/{pod.Key.Name} has condition {type}";
            }
        }
        return null;
    }
}
