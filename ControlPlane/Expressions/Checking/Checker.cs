using System.Collections.Immutable;
using ControlPlane.Expressions.Libraries;
using ControlPlane.Expressions.Syntax;
using ControlPlane.Expressions.Types;

namespace ControlPlane.Expressions.Checking;

/// <summary>A variable that an expression uses.</summary>
internal sealed record Input(string Name, CelType Type, int Slot);

/// <summary>What is known of a checked expression.</summary>
/// <param name="Slots">How many variables it has when it runs, those of macros counted too.</param>
internal sealed record Checked(CelType Result, ImmutableArray<Input> Inputs, int Slots, ImmutableArray<CelError> Errors);

/// <summary>
/// Finds the type of every part of an expression and what its names and calls mean, and writes it on the tree. Every error is found, in the
/// words cel-go has for it; a part that is wrong counts as dyn, so that one mistake is told once.
/// </summary>
internal sealed partial class Checker
{
    /// <summary>A tree with more mistakes than that is told the first ones.</summary>
    private const int MostErrors = 100;

    private readonly CelEnvironment _environment;
    private readonly SourceText _source;
    private readonly Unifier _types = new();
    private readonly List<(int Position, string Message)> _errors = [];
    private readonly List<(string Name, CelType Type, int Slot)> _locals = [];
    private readonly Dictionary<string, Input> _inputs = [];
    private readonly List<Expr> _seen = [];
    private int _slots;

    /// <summary>The list that a call of <c>format</c> is given: its items need nothing in common.</summary>
    private ListExpr? _formatted;

    private Checker(CelEnvironment environment, SourceText source) => (_environment, _source) = (environment, source);

    private Functions Functions => _environment.Functions;

    public static Checked Check(Expr tree, CelEnvironment environment, SourceText source)
    {
        var checker = new Checker(environment, source);
        checker.Visit(tree);
        foreach (var seen in checker._seen) seen.Type = checker._types.Resolve(seen.Type, final: true);
        if (!environment.AllowsMixedLiterals && checker._errors.Count == 0) checker.CheckConstants();
        var errors = checker._errors.OrderBy(error => error.Position).Take(MostErrors).Select(error => source.Error(error.Position, error.Message));
        return new(tree.Type, [.. checker._inputs.Values], checker._slots, [.. errors]);
    }

    private CelType Visit(Expr tree)
    {
        _seen.Add(tree);
        var type = tree switch
        {
            LiteralExpr literal => Literal(literal.Value),
            NameExpr name => Name(name),
            SelectExpr select => Select(select),
            CallExpr call => Call(call),
            LogicExpr logic => Logic(logic),
            ConditionalExpr conditional => Conditional(conditional),
            ListExpr list => List(list),
            MapExpr map => Map(map),
            MessageExpr message => Message(message),
            ComprehensionExpr comprehension => Comprehension(comprehension),
            BindExpr bind => Bind(bind),
            _ => throw new InvalidOperationException($"No check is known for {tree.GetType().Name}."),
        };
        return tree.Type = _environment.IsUnchecked && tree is not MessageExpr ? CelType.Dyn : type;
    }

    private CelType Error(int position, string message)
    {
        if (_errors.Count < MostErrors && !_environment.IsUnchecked) _errors.Add((position, message));
        return CelType.Dyn;
    }

    private CelType Undeclared(int position, string name) => Error(position, $"undeclared reference to '{name}' (in container '')");

    private CelType NoOverload(int position, string function, CelType? target, params ReadOnlySpan<CelType> arguments)
    {
        var shown = $"({string.Join(", ", arguments.ToArray().Select(Shown))})";
        return Error(position, $"found no matching overload for '{function}' applied to '{(target is null ? shown : $"{Shown(target)}.{shown}")}'");
    }

    /// <summary>A type for people; what is not known yet is dyn.</summary>
    private string Shown(CelType type) => _types.Resolve(type, final: true).ToString();

    private static CelType Literal(CelValue value) => value.Kind switch
    {
        CelKind.Null => CelType.Null,
        CelKind.Bool => CelType.Bool,
        CelKind.Int => CelType.Int,
        CelKind.Uint => CelType.Uint,
        CelKind.Double => CelType.Double,
        CelKind.Bytes => CelType.Bytes,
        _ => CelType.String,
    };

    private CelType Logic(LogicExpr logic)
    {
        for (var at = 0; at < logic.Terms.Length; at++)
        {
            var type = Visit(logic.Terms[at]);
            if (_types.Assign(type, CelType.Bool)) continue;
            NoOverload(logic.Positions[Math.Max(0, at - 1)], logic.IsAnd ? "_&&_" : "_||_", null, at == 0 ? [type, CelType.Bool] : [CelType.Bool, type]);
        }
        return CelType.Bool;
    }

    private CelType Conditional(ConditionalExpr conditional)
    {
        var (condition, then, otherwise) = (Visit(conditional.Condition), Visit(conditional.Then), Visit(conditional.Otherwise));
        var parameter = _types.Fresh();
        if (_types.Assign([condition, then, otherwise], [CelType.Bool, parameter, parameter])) return _types.MostGeneral(then, otherwise);
        return NoOverload(conditional.Position, "_?_:_", null, condition, then, otherwise);
    }
}
