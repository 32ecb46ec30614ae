using ControlPlane.Expressions.Syntax;
using ControlPlane.Expressions.Types;

namespace ControlPlane.Expressions.Checking;

/// <summary>Lists, maps and messages that an expression makes.</summary>
internal sealed partial class Checker
{
    private CelType List(ListExpr list)
    {
        CelType? item = null;
        var isMixed = ReferenceEquals(list, _formatted);
        foreach (var (value, isOptional) in list.Items) item = Join(item, Given(value, isOptional), value.Position, isMixed);
        return CelType.List(item ?? _types.Fresh());
    }

    private CelType Map(MapExpr map)
    {
        CelType? key = null;
        CelType? value = null;
        foreach (var entry in map.Entries)
        {
            key = Join(key, Visit(entry.Key), entry.Key.Position);
            value = Join(value, Given(entry.Value, entry.IsOptional), entry.Value.Position);
        }
        return CelType.Map(key ?? _types.Fresh(), value ?? _types.Fresh());
    }

    private CelType Message(MessageExpr message)
    {
        var type = _environment.Messages?.Find(message.Name);
        if (type is null) Undeclared(message.Position, message.Name);
        foreach (var field in message.Fields)
        {
            var given = Given(field.Value, field.IsOptional);
            if (type is null) continue;
            if (type.Field(field.Name) is not { } declared) Error(field.Position, $"undefined field '{field.Name}'");
            else if (!_types.Assign(given, declared.Type))
            {
                Error(field.Position, $"expected type of field '{field.Name}' is '{declared.Type}' but provided type is '{Shown(given)}'");
            }
        }
        return type ?? CelType.Dyn;
    }

    /// <summary>What a part gives; an optional one gives what is in it.</summary>
    private CelType Given(Expr value, bool isOptional)
    {
        var type = Visit(value);
        if (!isOptional) return type;
        var inner = _types.Fresh();
        if (_types.Assign(type, CelType.Optional(inner))) return _types.Resolve(inner) is { Kind: not CelTypeKind.Parameter } known ? known : inner;
        return Error(value.Position, $"expected type 'optional_type({Shown(type)})' but found '{Shown(type)}'");
    }

    /// <summary>What the parts so far and one more have in common.</summary>
    private CelType Join(CelType? before, CelType type, int position, bool isMixed = false)
    {
        if (before is null) return type;
        if (_types.Assign(type, before)) return _types.MostGeneral(before, type);
        return isMixed || _environment.AllowsMixedLiterals ? CelType.Dyn : Error(position, $"expected type '{Shown(before)}' but found '{Shown(type)}'");
    }
}
