using System.Collections.Immutable;
using ControlPlane.Expressions.Libraries;
using ControlPlane.Expressions.Types;

namespace ControlPlane.Expressions.Syntax;

/// <summary>A node of the syntax tree. The checker writes on it what it finds; after that nothing changes.</summary>
internal abstract class Expr
{
    /// <summary>No tree is deeper, so whatever walks it may recurse.</summary>
    public const int DeepestTree = 400;

    protected Expr(int position, params ReadOnlySpan<Expr?> children)
    {
        Position = position;
        foreach (var child in children) Depth = Math.Max(Depth, (child?.Depth ?? 0) + 1);
        if (Depth > DeepestTree) throw new SyntaxException(position, $"expression recursion limit exceeded: {DeepestTree}");
    }

    /// <summary>The offset messages point to, as cel-go chooses it: an operator, a dot, an opening bracket, or the beginning.</summary>
    public int Position { get; }

    public int Depth { get; }

    /// <summary>What the value is; <see cref="CelType.Dyn"/> until it was checked.</summary>
    public CelType Type { get; set; } = CelType.Dyn;
}

internal sealed class LiteralExpr(int position, CelValue value) : Expr(position)
{
    public CelValue Value { get; } = value;
}

/// <summary>A name on its own.</summary>
internal sealed class NameExpr(int position, string name, bool isAbsolute) : Expr(position)
{
    public string Name { get; } = name;

    /// <summary>Whether it began with a dot: then it is no variable of a macro.</summary>
    public bool IsAbsolute { get; } = isAbsolute;

    /// <summary>What the name stands for.</summary>
    public Reference? Reference { get; set; }
}

/// <summary><c>operand.field</c>, <c>operand.?field</c>, or <c>has(operand.field)</c>.</summary>
internal sealed class SelectExpr(int position, Expr operand, string field, bool isOptional, bool isTest = false) : Expr(position, operand)
{
    public Expr Operand { get; } = operand;
    public string Field { get; } = field;
    public bool IsOptional { get; } = isOptional;
    public bool IsTest { get; } = isTest;

    /// <summary>What the whole dotted name stands for, if it is one.</summary>
    public Reference? Reference { get; set; }
}

/// <summary>A function, with the value it is called on if there is one. Operators are functions: see <see cref="Operators"/>.</summary>
internal sealed class CallExpr(int position, string function, Expr? target, ImmutableArray<Expr> arguments) : Expr(position, [target, .. arguments])
{
    public string Function { get; } = function;
    public Expr? Target { get; } = target;
    public ImmutableArray<Expr> Arguments { get; } = arguments;

    /// <summary>The overloads that may be meant, by what is known of the arguments.</summary>
    public ImmutableArray<Overload> Candidates { get; set; } = [];

    /// <summary>Whether the target was part of the function's name: <c>ip.isCanonical(x)</c>.</summary>
    public bool IsQualified { get; set; }
}

/// <summary><c>a &amp;&amp; b &amp;&amp; c</c> or <c>a || b || c</c>.</summary>
/// <param name="positions">Of the operators.</param>
internal sealed class LogicExpr(ImmutableArray<int> positions, bool isAnd, ImmutableArray<Expr> terms) : Expr(positions[^1], [.. terms])
{
    public ImmutableArray<int> Positions { get; } = positions;
    public bool IsAnd { get; } = isAnd;
    public ImmutableArray<Expr> Terms { get; } = terms;
}

internal sealed class ConditionalExpr(int position, Expr condition, Expr then, Expr otherwise) : Expr(position, condition, then, otherwise)
{
    public Expr Condition { get; } = condition;
    public Expr Then { get; } = then;
    public Expr Otherwise { get; } = otherwise;
}

/// <summary>An item of a list; an optional one is left out where it has no value.</summary>
internal readonly record struct ListItem(Expr Value, bool IsOptional);

internal sealed class ListExpr(int position, ImmutableArray<ListItem> items) : Expr(position, [.. items.Select(item => item.Value)])
{
    public ImmutableArray<ListItem> Items { get; } = items;
}

internal readonly record struct MapEntry(int Position, Expr Key, Expr Value, bool IsOptional);

internal sealed class MapExpr(int position, ImmutableArray<MapEntry> entries)
    : Expr(position, [.. entries.Select(entry => entry.Key), .. entries.Select(entry => entry.Value)])
{
    public ImmutableArray<MapEntry> Entries { get; } = entries;
}

internal readonly record struct MessageField(int Position, string Name, Expr Value, bool IsOptional);

/// <summary><c>Object.spec{replicas: 1}</c>.</summary>
internal sealed class MessageExpr(int position, string name, ImmutableArray<MessageField> fields) : Expr(position, [.. fields.Select(field => field.Value)])
{
    public string Name { get; } = name;
    public ImmutableArray<MessageField> Fields { get; } = fields;
}

/// <summary>A macro that goes through a list or a map.</summary>
/// <param name="first">The variable of an item or key; of the index or key where there is a second.</param>
/// <param name="second">The variable of an item or value, if the macro has two.</param>
/// <param name="condition">What is asked of each item; null where nothing is.</param>
/// <param name="result">What is made of each item; null where nothing is.</param>
internal sealed class ComprehensionExpr(int position, MacroKind kind, Expr range, string first, string? second, Expr? condition, Expr? result)
    : Expr(position, range, condition, result)
{
    public MacroKind Kind { get; } = kind;
    public Expr Range { get; } = range;
    public string First { get; } = first;
    public string? Second { get; } = second;
    public Expr? Condition { get; } = condition;
    public Expr? Result { get; } = result;

    /// <summary>Where the variables lie when the expression runs.</summary>
    public int FirstSlot { get; set; }

    public int SecondSlot { get; set; }
}

/// <summary>A macro that gives a value a name: <c>cel.bind</c>, <c>optMap</c>, <c>optFlatMap</c>.</summary>
internal sealed class BindExpr(int position, BindKind kind, string variable, Expr value, Expr body) : Expr(position, value, body)
{
    public BindKind Kind { get; } = kind;
    public string Variable { get; } = variable;
    public Expr Value { get; } = value;
    public Expr Body { get; } = body;
    public int Slot { get; set; }
}

internal enum MacroKind { All, Exists, ExistsOne, Map, Filter, TransformList, TransformMap, TransformMapEntry }

internal enum BindKind { Bind, OptionalMap, OptionalFlatMap }

/// <summary>What a name stands for: a variable's slot, or a constant.</summary>
internal sealed record Reference(int Slot, CelValue Constant)
{
    public bool IsConstant => Slot < 0;
}
