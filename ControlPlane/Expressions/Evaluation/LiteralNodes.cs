using ControlPlane.Expressions.Types;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Evaluation;

/// <summary>A part of a literal; an optional one is left out where it has no value.</summary>
internal readonly record struct Part(Node Value, bool IsOptional)
{
    /// <summary>The value to put in; false if there is none, or it is a fault.</summary>
    public bool TryRun(Frame frame, out CelValue value)
    {
        value = Value.Run(frame);
        if (value.IsFault) return false;
        if (!IsOptional) return true;
        if (value.Kind != CelKind.Optional)
        {
            value = Indexing.NoOverload;
            return false;
        }
        var there = value.Optional.HasValue;
        value = there ? value.Optional.Value : CelValue.Null;
        return there;
    }
}

internal sealed class ListNode(Part[] items) : Node
{
    public const long Cost = 10;

    public override CelValue Run(Frame frame)
    {
        frame.Charge(Cost);
        var values = new CelValue[items.Length];
        var count = 0;
        foreach (var item in items)
        {
            if (item.TryRun(frame, out var value)) values[count++] = value;
            else if (value.IsFault) return value;
        }
        return CelValue.Of(new ArrayList(values, count));
    }
}

internal sealed class MapNode((Node Key, Part Value)[] entries) : Node
{
    public const long Cost = 30;

    public override CelValue Run(Frame frame)
    {
        frame.Charge(Cost);
        var map = new EntryMap();
        foreach (var (key, part) in entries)
        {
            var name = key.Run(frame);
            if (name.IsFault) return name;
            if (!EntryMap.IsKey(name)) return CelValue.Fault("unsupported key type");
            if (part.TryRun(frame, out var value))
            {
                if (!map.TryAdd(name, value)) return CelValue.Fault($"insert failed: key {name} already exists");
            }
            else if (value.IsFault)
            {
                return value;
            }
        }
        return CelValue.Of(map);
    }
}

internal sealed class MessageNode(CelType type, (CelField Field, Part Value)[] fields) : Node
{
    public const long Cost = 40;

    public override CelValue Run(Frame frame)
    {
        frame.Charge(Cost);
        var made = new Dictionary<string, CelValue>(fields.Length);
        foreach (var (field, part) in fields)
        {
            if (part.TryRun(frame, out var value)) made[field.JsonName] = value;
            else if (value.IsFault) return value;
        }
        return CelValue.Of(new MadeStruct(type, made));
    }
}
