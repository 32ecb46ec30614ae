using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Libraries.Authorization;

/// <summary>A check as far as it is put together.</summary>
internal sealed class CheckValue(string type, ICelAuthorizer authorizer, CelAuthorizationCheck check) : CelOpaque(type)
{
    public CelAuthorizationCheck Check => check;

    public CelValue With(string next, Func<CelAuthorizationCheck, CelAuthorizationCheck> change) => CelValue.Of(new CheckValue(next, authorizer, change(check)));

    public CelValue Ask(string verb) => CelValue.Of(new DecisionValue(authorizer.Check(check with { Verb = verb })));

    public override bool Equal(CelOpaque other) => other is CheckValue value && value.TypeName == TypeName && value.Check == check;
}

internal sealed class DecisionValue(CelAuthorizationDecision decision) : CelOpaque(AuthorizerLibrary.Decision)
{
    public CelAuthorizationDecision Decision => decision;

    public override bool Equal(CelOpaque other) => other is DecisionValue value && value.Decision == decision;
}
