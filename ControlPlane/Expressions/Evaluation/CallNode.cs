using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using ControlPlane.Expressions.Costs;
using ControlPlane.Expressions.Libraries;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Evaluation;

/// <summary>Calls a function: the one overload that may be meant, or the first that takes the values.</summary>
internal sealed class CallNode : Node
{
    /// <summary>No function takes more.</summary>
    private const int MostArguments = 4;

    private readonly Node[] _arguments;
    private readonly ImmutableArray<Overload> _candidates;
    private readonly Overload? _only;

    public CallNode(Node[] arguments, ImmutableArray<Overload> candidates)
    {
        (_arguments, _candidates) = (arguments, candidates);
        if (candidates.All(candidate => candidate.IsTotal && candidate.Run == candidates[0].Run)) _only = candidates.FirstOrDefault();
    }

    public override CelValue Run(Frame frame)
    {
        var buffer = default(Arguments);
        Span<CelValue> arguments = buffer;
        arguments = arguments[.._arguments.Length];
        for (var at = 0; at < arguments.Length; at++)
        {
            arguments[at] = _arguments[at].Run(frame);
            if (arguments[at].IsFault) return arguments[at];
        }
        var overload = _only ?? Find(arguments);
        if (overload is null) return Indexing.NoOverload;
        if (overload.Cost is null)
        {
            frame.Charge(1);
            return overload.Run(arguments);
        }
        return RunCosted(overload, overload.Cost, arguments, frame);
    }

    private Overload? Find(ReadOnlySpan<CelValue> arguments)
    {
        foreach (var candidate in _candidates)
        {
            if (candidate.Accepts(arguments)) return candidate;
        }
        return null;
    }

    private static CelValue RunCosted(Overload overload, SizeRule rule, ReadOnlySpan<CelValue> arguments, Frame frame)
    {
        Span<long> sizes = stackalloc long[arguments.Length + 1];
        for (var at = 0; at < arguments.Length; at++) sizes[at] = CostRules.SizeOf(arguments[at]);
        sizes[^1] = 0;
        var cost = rule(sizes);
        frame.Charge(cost);
        Equality.Steps = 0;
        var result = overload.Run(arguments);
        if (Equality.Steps / 10 > cost) frame.Charge(Equality.Steps / 10 - cost);
        sizes[^1] = CostRules.SizeOf(result);
        if (rule(sizes) is var whole && whole > cost) frame.Charge(whole - cost);
        return result;
    }

    [InlineArray(MostArguments)]
    private struct Arguments
    {
        private CelValue _first;
    }
}
