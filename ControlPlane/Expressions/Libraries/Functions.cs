using System.Collections.Frozen;
using System.Collections.Immutable;
using ControlPlane.Expressions.Types;

namespace ControlPlane.Expressions.Libraries;

/// <summary>The functions of an environment, by name. Immutable.</summary>
internal sealed class Functions
{
    private readonly FrozenDictionary<string, ImmutableArray<Overload>> _members;
    private readonly FrozenDictionary<string, ImmutableArray<Overload>> _globals;
    private readonly FrozenDictionary<string, CelType> _types;

    private Functions(IReadOnlyCollection<Overload> overloads, FrozenDictionary<string, CelType> types)
    {
        _members = Group(overloads.Where(overload => overload.IsMember));
        _globals = Group(overloads.Where(overload => !overload.IsMember));
        _types = types;
    }

    /// <summary>What CEL itself has, what its common extensions add, and what Kubernetes adds.</summary>
    public static Functions Kubernetes { get; } = Build();

    public ImmutableArray<Overload> Members(string name) => _members.GetValueOrDefault(name, []);

    public ImmutableArray<Overload> Globals(string name) => _globals.GetValueOrDefault(name, []);

    /// <summary>A type that an expression may name.</summary>
    public CelType? Type(string name) => _types.GetValueOrDefault(name);

    private static FrozenDictionary<string, ImmutableArray<Overload>> Group(IEnumerable<Overload> overloads) =>
        overloads.GroupBy(overload => overload.Function).ToFrozenDictionary(group => group.Key, group => group.ToImmutableArray());

    private static Functions Build()
    {
        var table = new FunctionTable();
        Standard.OperatorLibrary.Declare(table);
        Standard.ComparisonLibrary.Declare(table);
        Standard.ConversionLibrary.Declare(table);
        Standard.TimeLibrary.Declare(table);
        Standard.TextLibrary.Declare(table);
        Standard.OptionalLibrary.Declare(table);
        Extensions.StringLibrary.Declare(table);
        Extensions.ListLibrary.Declare(table);
        Extensions.SetLibrary.Declare(table);
        Extensions.RegexLibrary.Declare(table);
        Networking.AddressLibrary.Declare(table);
        Networking.UrlLibrary.Declare(table);
        Quantities.QuantityLibrary.Declare(table);
        Versions.SemverLibrary.Declare(table);
        Formats.FormatLibrary.Declare(table);
        Authorization.AuthorizerLibrary.Declare(table);
        Patching.PatchLibrary.Declare(table);
        return new(table.Overloads, table.Types.ToFrozenDictionary());
    }
}
