using ControlPlane.Expressions;
using ControlPlane.Expressions.Types;

namespace ControlPlane.Admission.Webhooks;

/// <summary>Match conditions in CEL, over <c>object</c>, <c>oldObject</c>, <c>request</c> and <c>authorizer</c>.</summary>
internal sealed class CelConditions : IMatchConditions
{
    private const string Authorizer = "authorizer", RequestResource = "authorizer.requestResource";
    private static readonly CelEnvironment Environment = CelEnvironment.Kubernetes.With("object", CelType.Dyn).With("oldObject", CelType.Dyn).With("request", CelType.Dyn)
        .With(Authorizer, CelType.Authorizer).With(RequestResource, CelType.ResourceCheck);

    /// <inheritdoc/>
    public string? Fault(string expression)
    {
        var compiled = Environment.Compile(expression);
        if (compiled.Program is not { } program) return $"compilation failed: {compiled.ErrorText}";
        return program.ResultType.Equals(CelType.Bool) || program.ResultType.Equals(CelType.Dyn) ? null : "must evaluate to bool";
    }

    /// <inheritdoc/>
    public IMatchCondition Prepare(string expression) => new Condition(Environment.Compile(expression).Program ?? throw new ArgumentException("The expression has faults.", nameof(expression)));

    private sealed class Condition(CelProgram program) : IMatchCondition
    {
        public MatchFinding Evaluate(MatchInput input)
        {
            var result = program.Evaluate(
                new()
                {
                    ["object"] = CelValue.Of(input.Object, CelType.Dyn), ["oldObject"] = CelValue.Of(input.OldObject, CelType.Dyn), ["request"] = CelValue.Of(input.Request, CelType.Dyn),
                    [Authorizer] = CelValue.Of(input.Authorizer), [RequestResource] = CelValue.Of(input.Authorizer, input.Resource),
                },
                new CelBudget());
            return new(result.IsTrue, result.Error);
        }
    }
}
