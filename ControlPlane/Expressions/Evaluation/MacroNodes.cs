using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Evaluation;

/// <summary>What goes through a list or a map, item by item.</summary>
internal abstract class MacroNode(Node range, int first, int? second) : Node
{
    protected abstract CelValue Run(Frame frame, CelList? list, CelMap? map, int count);

    public sealed override CelValue Run(Frame frame)
    {
        var value = range.Run(frame);
        return value.Kind switch
        {
            CelKind.List => Run(frame, value.List, null, value.List.Count),
            CelKind.Map => Run(frame, null, value.Map, value.Map.Count),
            CelKind.Fault => value,
            _ => Indexing.NoOverload,
        };
    }

    /// <summary>Sets the variables to an item, and counts what going on costs.</summary>
    protected void Step(Frame frame, CelList? list, CelMap? map, int at, long cost)
    {
        frame.Charge(cost);
        if (second is not { } other)
        {
            frame.Slots[first] = list is not null ? list[at] : map!.KeyAt(at);
            return;
        }
        frame.Slots[first] = list is not null ? CelValue.Of((long)at) : map!.KeyAt(at);
        frame.Slots[other] = list is not null ? list[at] : map!.ValueAt(at);
    }

    /// <summary>What the first variable holds.</summary>
    protected CelValue Current(Frame frame) => frame.Slots[first];
}

/// <summary><c>all</c> and <c>exists</c>: one item that decides is enough, whatever the others are.</summary>
internal sealed class QuantifierNode(Node range, int first, int? second, Node condition, bool isAll) : MacroNode(range, first, second)
{
    public const long StepCost = 3;

    protected override CelValue Run(Frame frame, CelList? list, CelMap? map, int count)
    {
        var fault = default(CelValue);
        var isWrong = false;
        for (var at = 0; at < count; at++)
        {
            Step(frame, list, map, at, StepCost);
            var holds = condition.Run(frame);
            if (holds.Kind == CelKind.Bool)
            {
                if (holds.IsTrue != isAll) return holds;
            }
            else if (!isWrong)
            {
                isWrong = true;
                fault = holds.IsFault ? holds : Indexing.NoOverload;
            }
        }
        return isWrong ? fault : CelValue.Of(isAll);
    }
}

internal sealed class ExistsOneNode(Node range, int first, int? second, Node condition) : MacroNode(range, first, second)
{
    public const long StepCost = 2;

    protected override CelValue Run(Frame frame, CelList? list, CelMap? map, int count)
    {
        var found = 0;
        for (var at = 0; at < count; at++)
        {
            Step(frame, list, map, at, StepCost);
            var holds = condition.Run(frame);
            if (holds.Kind != CelKind.Bool) return holds.IsFault ? holds : Indexing.NoOverload;
            if (holds.IsTrue) found++;
        }
        return CelValue.Of(found == 1);
    }
}

/// <summary><c>map</c>, <c>filter</c> and <c>transformList</c>: a new list.</summary>
internal sealed class ListMacroNode(Node range, int first, int? second, Node? condition, Node? result) : MacroNode(range, first, second)
{
    public const long StepCost = 12;

    protected override CelValue Run(Frame frame, CelList? list, CelMap? map, int count)
    {
        var made = new List<CelValue>(Math.Min(count, 16));
        for (var at = 0; at < count; at++)
        {
            Step(frame, list, map, at, 1);
            if (condition is not null)
            {
                var holds = condition.Run(frame);
                if (holds.Kind != CelKind.Bool) return holds.IsFault ? holds : Indexing.NoOverload;
                if (holds.IsFalse) continue;
            }
            frame.Charge(StepCost - 1);
            var item = result is null ? Current(frame) : result.Run(frame);
            if (item.IsFault) return item;
            made.Add(item);
        }
        return CelValue.Of(new ArrayList([.. made]));
    }
}

/// <summary><c>transformMap</c> and <c>transformMapEntry</c>: a new map.</summary>
internal sealed class MapMacroNode(Node range, int first, int? second, Node? condition, Node result, bool makesEntries) : MacroNode(range, first, second)
{
    public const long StepCost = 32;

    protected override CelValue Run(Frame frame, CelList? list, CelMap? map, int count)
    {
        var made = new EntryMap();
        for (var at = 0; at < count; at++)
        {
            Step(frame, list, map, at, 1);
            if (condition is not null)
            {
                var holds = condition.Run(frame);
                if (holds.Kind != CelKind.Bool) return holds.IsFault ? holds : Indexing.NoOverload;
                if (holds.IsFalse) continue;
            }
            frame.Charge(StepCost - 1);
            var item = result.Run(frame);
            if (item.IsFault) return item;
            if (Put(made, Current(frame), item) is { } fault) return fault;
        }
        return CelValue.Of(made);
    }

    private CelValue? Put(EntryMap made, CelValue key, CelValue item)
    {
        if (!makesEntries)
        {
            made.TryAdd(key, item);
            return null;
        }
        if (item.Kind != CelKind.Map) return Indexing.NoOverload;
        for (var at = 0; at < item.Map.Count; at++)
        {
            if (!made.TryAdd(item.Map.KeyAt(at), item.Map.ValueAt(at))) return CelValue.Fault($"insert failed: key {item.Map.KeyAt(at)} already exists");
        }
        return null;
    }
}
