using System.Collections.Immutable;
using ControlPlane.Expressions.Libraries;
using ControlPlane.Expressions.Syntax;
using ControlPlane.Expressions.Types;

namespace ControlPlane.Expressions.Checking;

/// <summary>Calls: which overloads of a function may be meant, and what they give.</summary>
internal sealed partial class Checker
{
    private CelType Call(CallExpr call)
    {
        if (call.Target is null)
        {
            var globals = Functions.Globals(call.Function);
            var arguments = Visit(call.Arguments);
            return globals.IsEmpty ? Undeclared(call.Position, call.Function) : Choose(call, globals, null, arguments);
        }
        if (Qualified(call) is { IsEmpty: false } qualified)
        {
            call.IsQualified = true;
            return Choose(call, qualified, null, Visit(call.Arguments));
        }
        var members = Functions.Members(call.Function);
        var target = Visit(call.Target);
        if (call is { Function: "format", Arguments: [ListExpr list] }) _formatted = list;
        var values = Visit(call.Arguments);
        return members.IsEmpty ? Undeclared(call.Position, call.Function) : Choose(call, members, target, values);
    }

    /// <summary>The overloads of a function whose name is more than its last part; none if the target is a value.</summary>
    private ImmutableArray<Overload> Qualified(CallExpr call) =>
        Parser.QualifiedName(call.Target!) is { } qualifier && !StartsWithLocal(call.Target!) ? Functions.Globals($"{qualifier}.{call.Function}") : [];

    private CelType[] Visit(ImmutableArray<Expr> trees)
    {
        var types = new CelType[trees.Length];
        for (var at = 0; at < types.Length; at++) types[at] = Visit(trees[at]);
        return types;
    }

    private CelType Choose(CallExpr call, ImmutableArray<Overload> overloads, CelType? target, CelType[] arguments)
    {
        CelType[] given = target is null ? arguments : [target, .. arguments];
        var candidates = ImmutableArray.CreateBuilder<Overload>();
        CelType? result = null;
        foreach (var overload in overloads)
        {
            if (overload.Parameters.Length != given.Length) continue;
            var made = new Dictionary<string, CelType>();
            var parameters = overload.Parameters.Select(parameter => _types.Instance(parameter, made)).ToArray();
            if (!_types.Assign(given, parameters)) continue;
            candidates.Add(overload);
            var mine = _types.Resolve(_types.Instance(overload.Result, made));
            if (result is null) result = mine;
            else if (!result.Equals(mine)) result = CelType.Dyn;
        }
        if (result is null) return NoOverload(call.Position, call.Function, target, arguments);
        call.Candidates = candidates.DrainToImmutable();
        return result;
    }

    /// <summary>Texts written in the expression that a function will never take.</summary>
    private void CheckConstants()
    {
        foreach (var call in _seen.OfType<CallExpr>())
        {
            if (call.Arguments is not [.., LiteralExpr { Value: { Kind: CelKind.String } literal } argument]) continue;
            var isWrong = call.Function switch
            {
                "matches" => Libraries.Extensions.Patterns.Find(literal.Text, out _) is not null,
                "timestamp" => Values.Times.ReadTimestamp(literal.Text).IsFault,
                "duration" => Values.Times.ReadDuration(literal.Text).IsFault,
                _ => false,
            };
            if (isWrong) Error(argument.Position, $"invalid {call.Function} argument");
        }
    }
}
