using System.Collections.Immutable;
using ControlPlane.Expressions.Checking;
using ControlPlane.Expressions.Evaluation;
using ControlPlane.Expressions.Libraries;
using ControlPlane.Expressions.Syntax;
using ControlPlane.Expressions.Types;

namespace ControlPlane.Expressions;

/// <summary>
/// What expressions may use: variables, and the functions Kubernetes gives them. Immutable: make one per set of variables, and compile with it
/// from any thread. A compiled program is kept and evaluated often.
/// <code>
/// var rule = CelEnvironment.Kubernetes.With("self", CelType.Of(schema)).With("oldSelf", CelType.Of(schema)).Compile("self.replicas >= oldSelf.replicas");
/// if (rule.Program is null) return rule.Errors;
/// var result = rule.Program.Evaluate(new CelActivation { ["self"] = CelValue.Of(json, type), ["oldSelf"] = CelValue.Of(old, type) }, new CelBudget());
/// </code>
/// </summary>
public sealed class CelEnvironment
{
    private readonly ImmutableDictionary<string, CelType> _variables;

    private CelEnvironment(ImmutableDictionary<string, CelType> variables, ICelMessages? messages, bool mixed, bool isUnchecked = false) =>
        (_variables, Messages, AllowsMixedLiterals, IsUnchecked) = (variables, messages, mixed, isUnchecked);

    /// <summary>No variables, every function Kubernetes has, and lists and maps whose parts are of one type.</summary>
    public static CelEnvironment Kubernetes { get; } = new(ImmutableDictionary<string, CelType>.Empty, null, mixed: false);

    /// <summary>CEL as its specification has it: literals may mix types, and constants are looked at only when an expression runs.</summary>
    internal static CelEnvironment Plain { get; } = new(ImmutableDictionary<string, CelType>.Empty, null, mixed: true);

    internal Functions Functions { get; } = Functions.Kubernetes;
    internal ICelMessages? Messages { get; }
    internal bool AllowsMixedLiterals { get; }

    /// <summary>Whether types are found only when an expression runs.</summary>
    internal bool IsUnchecked { get; }

    /// <summary>The environment with one more variable. Its value is given in the <see cref="CelActivation"/>.</summary>
    public CelEnvironment With(string variable, CelType type) => new(_variables.SetItem(variable, type), Messages, AllowsMixedLiterals, IsUnchecked);

    /// <summary>The environment with messages that expressions may make: <c>Object{spec: Object.spec{}}</c>.</summary>
    public CelEnvironment WithMessages(ICelMessages messages) => new(_variables, messages, AllowsMixedLiterals, IsUnchecked);

    /// <summary>Reads and checks an expression. Takes time in its length; no text makes it fail otherwise than by an error.</summary>
    public CelCompilation Compile(string text)
    {
        var source = new SourceText(text);
        var (tree, error) = Parser.Parse(source);
        if (tree is null) return new(null, [error!]);
        var found = Checker.Check(tree, this, source);
        return found.Errors.IsEmpty ? new(new CelProgram(tree, found, Planner.Plan(tree)), []) : new(null, found.Errors);
    }

    /// <summary>The environment with everything dyn.</summary>
    internal CelEnvironment Unchecked() => new(_variables, Messages, AllowsMixedLiterals, isUnchecked: true);

    internal CelType? Variable(string name) => _variables.GetValueOrDefault(name);
}

/// <summary>What came of an expression's text.</summary>
/// <param name="Program">Null if there are errors.</param>
/// <param name="Errors">Every error, in the order of the text.</param>
public sealed record CelCompilation(CelProgram? Program, ImmutableArray<CelError> Errors)
{
    /// <summary>All errors as Kubernetes shows them, one below the other.</summary>
    public string ErrorText => string.Join('\n', Errors);
}
