using ControlPlane.Expressions.Syntax;
using ControlPlane.Expressions.Types;

namespace ControlPlane.Expressions.Checking;

/// <summary>Names: variables, types, and fields.</summary>
internal sealed partial class Checker
{
    private CelType Name(NameExpr name)
    {
        if (!name.IsAbsolute && Local(name.Name) is { } local)
        {
            name.Reference = new(local.Slot, default);
            return local.Type;
        }
        var (reference, type) = Global(name.Name);
        name.Reference = reference ?? new(-1, CelValue.Fault($"no such attribute(s): {name.Name}"));
        return reference is null ? Undeclared(name.Position, name.Name) : type;
    }

    private CelType Select(SelectExpr select)
    {
        if (!select.IsTest && Parser.QualifiedName(select) is { } qualified && !StartsWithLocal(select))
        {
            var (reference, type) = Global(qualified);
            if (reference is not null)
            {
                select.Reference = reference;
                return type;
            }
        }
        var field = Field(select, _types.Resolve(Visit(select.Operand)));
        if (select.IsTest) return CelType.Bool;
        return select.IsOptional && field.Kind != CelTypeKind.Optional ? CelType.Optional(field) : field;
    }

    private CelType Field(SelectExpr select, CelType operand)
    {
        switch (operand.Kind)
        {
            case CelTypeKind.Dyn: return CelType.Dyn;
            case CelTypeKind.Map: return operand.Element;
            case CelTypeKind.Object: return operand.Field(select.Field)?.Type ?? Error(select.Position, $"undefined field '{select.Field}'");
            case CelTypeKind.Optional:
                var field = Field(select, _types.Resolve(operand.Element));
                return field.Kind == CelTypeKind.Optional ? field : CelType.Optional(field);
            case CelTypeKind.Parameter:
                _types.Assign(operand, CelType.Dyn);
                return CelType.Dyn;
            default: return Error(select.Position, $"type '{Shown(operand)}' does not support field selection");
        }
    }

    /// <summary>A variable of the environment or a type.</summary>
    private (Reference? Reference, CelType Type) Global(string name)
    {
        if (_environment.Variable(name) is { } type)
        {
            if (!_inputs.TryGetValue(name, out var input)) _inputs[name] = input = new(name, type, _slots++);
            return (new(input.Slot, default), type);
        }
        if (Functions.Type(name) is { } named) return (new(-1, CelValue.OfType(name)), CelType.TypeOf(named));
        return (null, CelType.Dyn);
    }

    private (CelType Type, int Slot)? Local(string name)
    {
        for (var at = _locals.Count - 1; at >= 0; at--)
        {
            if (_locals[at].Name == name) return (_locals[at].Type, _locals[at].Slot);
        }
        return null;
    }

    private bool StartsWithLocal(Expr tree) => tree switch
    {
        SelectExpr select => StartsWithLocal(select.Operand),
        NameExpr { IsAbsolute: false } name => Local(name.Name) is not null,
        _ => false,
    };

    private int Declare(string name, CelType type)
    {
        _locals.Add((name, type, _slots));
        return _slots++;
    }

    private void Forget(int count) => _locals.RemoveRange(_locals.Count - count, count);
}
