using ControlPlane.Objects.Validation;

namespace ControlPlane.Expressions.Libraries.Authorization;

/// <summary>Kubernetes' functions that ask what a user may do.</summary>
internal static class AuthorizerLibrary
{
    public const string Authorizer = "kubernetes.authorization.Authorizer";
    public const string PathCheck = "kubernetes.authorization.PathCheck";
    public const string GroupCheck = "kubernetes.authorization.GroupCheck";
    public const string ResourceCheck = "kubernetes.authorization.ResourceCheck";
    public const string Decision = "kubernetes.authorization.Decision";

    /// <summary>A check may leave the process: three of them are what an expression can pay for.</summary>
    private static readonly SizeRule Check = static _ => 350_000;

    public static void Declare(FunctionTable table)
    {
        foreach (var type in (ReadOnlySpan<string>)[Authorizer, PathCheck, GroupCheck, ResourceCheck, Decision]) table.Type(type);
        table.Add(
            $"({Authorizer}).path(string): {PathCheck}",
            static arguments => With(arguments, PathCheck, static (check, text) => check with { Path = text }));
        table.Add(
            $"({Authorizer}).group(string): {GroupCheck}",
            static arguments => With(arguments, GroupCheck, static (check, text) => check with { Group = text }));
        table.Add($"({Authorizer}).serviceAccount(string, string): {Authorizer}", ServiceAccount);
        table.Add(
            $"({GroupCheck}).resource(string): {ResourceCheck}",
            static arguments => With(arguments, ResourceCheck, static (check, text) => check with { Resource = text }));
        table.Add(
            $"({ResourceCheck}).subresource(string): {ResourceCheck}",
            static arguments => With(arguments, ResourceCheck, static (check, text) => check with { Subresource = text }));
        table.Add(
            $"({ResourceCheck}).namespace(string): {ResourceCheck}",
            static arguments => With(arguments, ResourceCheck, static (check, text) => check with { Namespace = text }));
        table.Add(
            $"({ResourceCheck}).name(string): {ResourceCheck}",
            static arguments => With(arguments, ResourceCheck, static (check, text) => check with { Name = text }));
        table.Add(
            $"({ResourceCheck}).fieldSelector(string): {ResourceCheck}",
            static arguments => With(arguments, ResourceCheck, static (check, text) => check with { FieldSelector = text }));
        table.Add(
            $"({ResourceCheck}).labelSelector(string): {ResourceCheck}",
            static arguments => With(arguments, ResourceCheck, static (check, text) => check with { LabelSelector = text }));
        table.Add($"({PathCheck}).check(string): {Decision}", static arguments => Value(arguments[0]).Ask(arguments[1].Text), Check);
        table.Add($"({ResourceCheck}).check(string): {Decision}", static arguments => Value(arguments[0]).Ask(arguments[1].Text), Check);
        table.Add($"({Decision}).allowed(): bool", static arguments => CelValue.Of(Told(arguments[0]).Allowed));
        table.Add($"({Decision}).reason(): string", static arguments => CelValue.Of(Told(arguments[0]).Reason));
        table.Add($"({Decision}).errored(): bool", static arguments => CelValue.Of(Told(arguments[0]).Error is not null));
        table.Add($"({Decision}).error(): string", static arguments => CelValue.Of(Told(arguments[0]).Error ?? ""));
    }

    private static readonly Implementation ServiceAccount = static arguments =>
    {
        var (@namespace, name) = (arguments[1].Text, arguments[2].Text);
        if (NameSyntax.DnsLabel(@namespace) is not null) return CelValue.Fault("Invalid service account namespace");
        if (NameSyntax.DnsSubdomain(name) is not null) return CelValue.Fault("Invalid service account name");
        return Value(arguments[0]).With(Authorizer, check => check with { User = $"system:serviceaccount:{@namespace}:{name}" });
    };

    private static CelValue With(ReadOnlySpan<CelValue> arguments, string next, Func<CelAuthorizationCheck, string, CelAuthorizationCheck> change)
    {
        var text = arguments[1].Text;
        return Value(arguments[0]).With(next, check => change(check, text));
    }

    private static CheckValue Value(CelValue value) => (CheckValue)value.Opaque;

    private static CelAuthorizationDecision Told(CelValue value) => ((DecisionValue)value.Opaque).Decision;
}
