using System.Collections.Immutable;
using ControlPlane.Expressions.Types;

namespace ControlPlane.Expressions.Checking;

/// <summary>Finds what type parameters stand for, while an expression is checked.</summary>
internal sealed class Unifier
{
    private ImmutableDictionary<string, CelType> _bound = ImmutableDictionary<string, CelType>.Empty;
    private int _made;

    /// <summary>A parameter that nothing is known of.</summary>
    public CelType Fresh() => CelType.Parameter($"%{_made++}");

    /// <summary>A declared type with fresh parameters for its own; the same name is the same parameter in one declaration.</summary>
    public CelType Instance(CelType declared, Dictionary<string, CelType> made)
    {
        if (declared.Kind == CelTypeKind.Parameter)
        {
            if (!made.TryGetValue(declared.Name, out var parameter)) made[declared.Name] = parameter = Fresh();
            return parameter;
        }
        return Rebuild(declared, part => Instance(part, made));
    }

    /// <summary>The type with everything that is known put in. Parameters nobody knows are dyn in the end.</summary>
    public CelType Resolve(CelType type, bool final = false)
    {
        if (type.Kind != CelTypeKind.Parameter) return Rebuild(type, part => Resolve(part, final));
        return _bound.TryGetValue(type.Name, out var known) ? Resolve(known, final) : final ? CelType.Dyn : type;
    }

    /// <summary>Whether values of the types can be given for the targets; what that tells of parameters is kept if they can.</summary>
    public bool Assign(ReadOnlySpan<CelType> values, ReadOnlySpan<CelType> targets)
    {
        var before = _bound;
        for (var at = 0; at < values.Length; at++)
        {
            if (TryAssign(values[at], targets[at])) continue;
            _bound = before;
            return false;
        }
        return true;
    }

    public bool Assign(CelType value, CelType target) => Assign([value], [target]);

    /// <summary>The one of two types that says less.</summary>
    public CelType MostGeneral(CelType left, CelType right) => IsMoreGeneral(left, right) ? left : right;

    private bool TryAssign(CelType value, CelType target)
    {
        (value, target) = (Head(value), Head(target));
        if (ReferenceEquals(value, target)) return true;
        if (target.Kind == CelTypeKind.Parameter) return Bind(target, value);
        if (value.Kind == CelTypeKind.Parameter) return Bind(value, target);
        if (value.Kind == CelTypeKind.Dyn || target.Kind == CelTypeKind.Dyn) return true;
        if (value.Kind == CelTypeKind.Null) return IsNullable(target);
        if (target.Kind == CelTypeKind.Null) return IsNullable(value);
        if (value.Kind != target.Kind) return false;
        if (value.Kind is CelTypeKind.Object) return value.Equals(target);
        // A type's own type says nothing of its values.
        if (value.Kind == CelTypeKind.Type) return true;
        if (value.Name != target.Name || value.Parameters.Length != target.Parameters.Length) return false;
        for (var at = 0; at < value.Parameters.Length; at++)
        {
            if (!TryAssign(value.Parameters[at], target.Parameters[at])) return false;
        }
        return true;
    }

    private static bool IsNullable(CelType type) =>
        type.Kind is CelTypeKind.Null or CelTypeKind.Object or CelTypeKind.Opaque or CelTypeKind.Optional or CelTypeKind.Timestamp or CelTypeKind.Duration;

    /// <summary>What a parameter that is bound already stands for; it may come to say less later, so its last name is kept.</summary>
    private CelType Head(CelType type)
    {
        while (type.Kind == CelTypeKind.Parameter && _bound.TryGetValue(type.Name, out var known)) type = known;
        return type;
    }

    private bool Bind(CelType parameter, CelType type)
    {
        if (type.Kind == CelTypeKind.Parameter && type.Name == parameter.Name) return true;
        var resolved = Resolve(type);
        if (Mentions(resolved, parameter.Name)) return false;
        _bound = _bound.SetItem(parameter.Name, resolved);
        return true;
    }

    private static bool Mentions(CelType type, string name) =>
        type.Kind == CelTypeKind.Parameter ? type.Name == name : type.Parameters.Any(part => Mentions(part, name));

    private bool IsMoreGeneral(CelType left, CelType right)
    {
        (left, right) = (Resolve(left), Resolve(right));
        if (left.Kind is CelTypeKind.Dyn) return true;
        if (right.Kind is CelTypeKind.Dyn) return false;
        if (right.Kind == CelTypeKind.Null) return left.Kind != CelTypeKind.Parameter;
        if (left.Kind == CelTypeKind.Parameter) return false;
        if (left.Kind != right.Kind || left.Parameters.Length != right.Parameters.Length) return right.Kind == CelTypeKind.Parameter;
        for (var at = 0; at < left.Parameters.Length; at++)
        {
            if (!IsMoreGeneral(left.Parameters[at], right.Parameters[at])) return false;
        }
        return true;
    }

    private static CelType Rebuild(CelType type, Func<CelType, CelType> part)
    {
        if (type.Parameters.IsEmpty) return type;
        var parts = type.Parameters.Select(part).ToArray();
        // What did not change keeps its identity, and with it its schema.
        if (!parts.Where((made, at) => !ReferenceEquals(made, type.Parameters[at])).Any()) return type;
        return type.Kind switch
        {
            CelTypeKind.List => CelType.List(parts[0]),
            CelTypeKind.Map => CelType.Map(parts[0], parts[1]),
            CelTypeKind.Optional => CelType.Optional(parts[0]),
            _ => CelType.TypeOf(parts[0]),
        };
    }
}
