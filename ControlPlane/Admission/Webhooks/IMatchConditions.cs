using System.Text.Json.Nodes;
using ControlPlane.Expressions;

namespace ControlPlane.Admission.Webhooks;

/// <summary>
/// The language that match conditions are written in. <see cref="MatchLanguage.Current"/> is the one in use.
/// </summary>
public interface IMatchConditions
{
    /// <summary>What is wrong with an expression, in words for whoever wrote it; null: it can be used.</summary>
    string? Fault(string expression);

    /// <summary>An expression made ready, once for each configuration. It must have no fault.</summary>
    IMatchCondition Prepare(string expression);
}

/// <summary>An expression that says whether a webhook is asked. Shared by all writes: it keeps nothing.</summary>
public interface IMatchCondition
{
    /// <summary>Whether it is true of a write, or why that can't be said.</summary>
    MatchFinding Evaluate(MatchInput input);
}

/// <summary>What an expression sees: nulls are nulls to it.</summary>
/// <param name="Object">The object as it will be.</param>
/// <param name="OldObject">The object as it is.</param>
/// <param name="Request">The request of the AdmissionReview, without the two.</param>
/// <param name="Authorizer">Answers what is asked of the user's rights.</param>
/// <param name="Resource">What is asked about where only the request's resource is named.</param>
public sealed record MatchInput(JsonObject? Object, JsonObject? OldObject, JsonObject Request, ICelAuthorizer Authorizer, CelAuthorizationCheck Resource);

/// <summary>What an expression says. With a <paramref name="Fault"/> it says nothing.</summary>
public readonly record struct MatchFinding(bool Matches, string? Fault = null);

/// <summary>The language in use: here is the one place where it is chosen.</summary>
internal static class MatchLanguage
{
    public static IMatchConditions Current { get; } = new CelConditions();
}
