using ControlPlane.Expressions.Costs;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Libraries.Extensions;

/// <summary>Kubernetes' functions of lists, and CEL's list extension.</summary>
internal static class ListLibrary
{
    private static readonly string[] Ordered = ["int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes"];

    public static void Declare(FunctionTable table)
    {
        table.AddEach(Ordered, "(list(§)).isSorted(): bool", IsSorted, CostRules.Items);
        table.AddEach(Ordered, "(list(§)).min(): §", static arguments => Extreme(arguments[0].List, -1, "min"), CostRules.Items);
        table.AddEach(Ordered, "(list(§)).max(): §", static arguments => Extreme(arguments[0].List, 1, "max"), CostRules.Items);
        table.Add("(list(int)).sum(): int", static arguments => Sum(arguments[0].List, CelValue.Of(0L)), CostRules.Items);
        table.Add("(list(uint)).sum(): uint", static arguments => Sum(arguments[0].List, CelValue.Of(0UL)), CostRules.Items);
        table.Add("(list(double)).sum(): double", static arguments => Sum(arguments[0].List, CelValue.Of(0.0)), CostRules.Items);
        table.Add("(list(duration)).sum(): duration", static arguments => Sum(arguments[0].List, CelValue.Span(0)), CostRules.Items);
        table.Add("(list(A)).indexOf(A): int", static arguments => CelValue.Of((long)Find(arguments[0].List, arguments[1])), CostRules.Items);
        table.Add("(list(A)).lastIndexOf(A): int", static arguments => CelValue.Of((long)FindLast(arguments[0].List, arguments[1])), CostRules.Items);
        table.AddEach(Ordered, "(list(§)).sort(): list(§)", Sort, CostRules.Square);
        table.Add("(list(A)).distinct(): list(A)", Distinct, CostRules.Square);
        table.Add(
            "(list(A)).reverse(): list(A)",
            static arguments => CelValue.Of(Slice(arguments[0].List, 0, arguments[0].List.Count, reverse: true)),
            CostRules.Items);
        table.Add("(list(A)).slice(int, int): list(A)", Range, CostRules.Items, CostRules.AsFirst);
        table.Add(
            "(list(list(A))).flatten(): list(A)",
            static arguments => Flatten(arguments[0].List, 1),
            CostRules.Written,
            static _ => CostRules.Most);
        table.Add(
            "(list(dyn)).flatten(int): list(dyn)",
            static arguments => Flatten(arguments[0].List, arguments[1].Int),
            CostRules.Written,
            static _ => CostRules.Most);
        table.Add(
            "(list(A)).first(): optional(A)",
            static arguments => arguments[0].List is { Count: > 0 } list ? CelOptional.Some(list[0]) : CelOptional.None);
        table.Add(
            "(list(A)).last(): optional(A)",
            static arguments => arguments[0].List is { Count: > 0 } list ? CelOptional.Some(list[list.Count - 1]) : CelOptional.None);
        table.Add("lists.range(int): list(int)", Counted, CostRules.Written, static _ => MostCounted);
    }

    private const int MostCounted = 100_000;

    public static int Find(CelList list, CelValue sought)
    {
        for (var at = 0; at < list.Count; at++)
        {
            if (Equality.Equal(list[at], sought)) return at;
        }
        return -1;
    }

    private static int FindLast(CelList list, CelValue sought)
    {
        for (var at = list.Count - 1; at >= 0; at--)
        {
            if (Equality.Equal(list[at], sought)) return at;
        }
        return -1;
    }

    private static readonly Implementation IsSorted = static arguments =>
    {
        var list = arguments[0].List;
        for (var at = 1; at < list.Count; at++)
        {
            var (left, right) = (list[at - 1], list[at]);
            if (!Ordering.Comparable(left, right)) return Indexing.NoOverload;
            if (Ordering.Compare(left, right) == 1) return CelValue.False;
        }
        return CelValue.True;
    };

    private static readonly Implementation Sort = static arguments =>
    {
        var list = arguments[0].List;
        var items = new CelValue[list.Count];
        for (var at = 0; at < items.Length; at++)
        {
            items[at] = list[at];
            if (!Ordering.Comparable(items[0], items[at])) return items[at].IsFault ? items[at] : Indexing.NoOverload;
        }
        // Stable, and sure to end for numbers that have no order.
        var sorted = items.Order(Comparer<CelValue>.Create(static (left, right) => Ordering.Compare(left, right) is var order && order == Ordering.None ? 0 : order));
        return CelValue.Of(new ArrayList([.. sorted]));
    };

    private static readonly Implementation Distinct = static arguments =>
    {
        var kept = new List<CelValue>();
        for (var at = 0; at < arguments[0].List.Count; at++)
        {
            var item = arguments[0].List[at];
            if (!kept.Exists(other => Equality.Equal(other, item))) kept.Add(item);
        }
        return CelValue.Of(new ArrayList([.. kept]));
    };

    private static readonly Implementation Range = static arguments =>
    {
        var (list, start, end) = (arguments[0].List, arguments[1].Int, arguments[2].Int);
        if (start < 0 || end < 0) return CelValue.Fault($"cannot slice({start}, {end}), negative indexes not supported");
        if (start > end) return CelValue.Fault($"cannot slice({start}, {end}), start index must be less than or equal to end index");
        if (end > list.Count) return CelValue.Fault($"cannot slice({start}, {end}), list is length {list.Count}");
        return CelValue.Of(Slice(list, (int)start, (int)end, reverse: false));
    };

    private static readonly Implementation Counted = static arguments =>
    {
        var count = arguments[0].Int;
        if (count > MostCounted) return CelValue.Fault($"lists.range: {count} is more than {MostCounted}");
        var items = new CelValue[Math.Max(0, count)];
        for (var at = 0; at < items.Length; at++) items[at] = CelValue.Of((long)at);
        return CelValue.Of(new ArrayList(items));
    };

    private static ArrayList Slice(CelList list, int start, int end, bool reverse)
    {
        var items = new CelValue[end - start];
        for (var at = 0; at < items.Length; at++) items[at] = list[start + at];
        if (reverse) Array.Reverse(items);
        return new(items);
    }

    private static CelValue Extreme(CelList list, int wanted, string function)
    {
        if (list.Count == 0) return CelValue.Fault($"{function} called on empty list");
        var best = list[0];
        for (var at = 1; at < list.Count; at++)
        {
            var item = list[at];
            if (!Ordering.Comparable(item, best)) return item.IsFault ? item : Indexing.NoOverload;
            if (Ordering.Compare(item, best) == wanted) best = item;
        }
        return best;
    }

    /// <summary>The sum of items of one kind, whichever it is; of none, what the type says.</summary>
    private static CelValue Sum(CelList list, CelValue none)
    {
        if (list.Count == 0) return none;
        var sum = list[0];
        for (var at = 1; at < list.Count && !sum.IsFault; at++)
        {
            var item = list[at];
            sum = item.IsFault ? item : Arithmetic.Add(sum, item);
        }
        return sum.Kind is CelKind.Int or CelKind.Uint or CelKind.Double or CelKind.Duration or CelKind.Fault ? sum : Indexing.NoOverload;
    }

    private static CelValue Flatten(CelList list, long depth)
    {
        if (depth < 0) return CelValue.Fault("level must be non-negative");
        var items = new List<CelValue>();
        var steps = 0;
        Put(list, Math.Min(depth, 64));
        return steps > Arithmetic.LongestList ? CelValue.Fault("list is too long") : CelValue.Of(new ArrayList([.. items]));

        void Put(CelList from, long levels)
        {
            for (var at = 0; at < from.Count && ++steps <= Arithmetic.LongestList; at++)
            {
                var item = from[at];
                if (item.Kind == CelKind.List && levels > 0) Put(item.List, levels - 1);
                else items.Add(item);
            }
        }
    }
}
