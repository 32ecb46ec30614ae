using System.Collections.Immutable;
using System.Text.Json;
using Shared.Json;

namespace ControlPlane.Policy.ResourceQuotas;

/// <summary>One of the conditions under which a pod counts for a quota.</summary>
/// <param name="Scope">Its name.</param>
/// <param name="Operator">As in a label selector, of the priority class; <c>Exists</c> for the others.</param>
/// <param name="Values">With <c>In</c> and <c>NotIn</c>.</param>
internal sealed record QuotaScope(string Scope, string Operator, ImmutableArray<string> Values)
{
    public bool Matches(QuotaUse use)
    {
        if (!use.IsPod) return false;
        if (Scope != QuotaScopes.PriorityClass) return use.Scopes.Contains(Scope);
        return Operator switch
        {
            "In" => Values.Contains(use.PriorityClass),
            "NotIn" => !Values.Contains(use.PriorityClass),
            "DoesNotExist" => use.PriorityClass.Length == 0,
            _ => use.PriorityClass.Length > 0,
        };
    }
}

/// <summary>The scopes of Kubernetes' quotas.</summary>
internal static class QuotaScopes
{
    public const string Terminating = "Terminating";
    public const string NotTerminating = "NotTerminating";
    public const string BestEffort = "BestEffort";
    public const string NotBestEffort = "NotBestEffort";
    public const string PriorityClass = "PriorityClass";
    public const string CrossNamespacePodAffinity = "CrossNamespacePodAffinity";

    public static readonly string[] All = [Terminating, NotTerminating, BestEffort, NotBestEffort, PriorityClass, CrossNamespacePodAffinity];

    /// <summary>Those of a quota's spec, all of which a pod must be in.</summary>
    public static ImmutableArray<QuotaScope> Of(JsonElement spec)
    {
        var scopes = ImmutableArray.CreateBuilder<QuotaScope>();
        foreach (var name in spec.Texts("scopes")) scopes.Add(new(name, "Exists", []));
        foreach (var expression in spec.Objects("scopeSelector", "matchExpressions")) scopes.Add(new(expression.Text("scopeName"), expression.Text("operator"), [.. expression.Texts("values")]));
        return scopes.ToImmutable();
    }
}
