using System.Collections.Immutable;
using ControlPlane.Expressions.Types;

namespace ControlPlane.Expressions.Libraries;

/// <summary>
/// Collects declarations while an environment is made. A signature is written as <c>size(string): int</c>, or <c>(string).charAt(int): string</c>
/// for a function called on its first argument; single capital letters are type parameters.
/// </summary>
internal sealed class FunctionTable
{
    private readonly List<Overload> _overloads = [];

    /// <summary>The types that signatures may name.</summary>
    public Dictionary<string, CelType> Types { get; } = new()
    {
        ["bool"] = CelType.Bool,
        ["int"] = CelType.Int,
        ["uint"] = CelType.Uint,
        ["double"] = CelType.Double,
        ["string"] = CelType.String,
        ["bytes"] = CelType.Bytes,
        ["null_type"] = CelType.Null,
        ["list"] = CelType.AnyList,
        ["map"] = CelType.AnyMap,
        ["type"] = CelType.TypeOf(CelType.Dyn),
        ["optional_type"] = CelType.Optional(CelType.Dyn),
        ["google.protobuf.Timestamp"] = CelType.Timestamp,
        ["google.protobuf.Duration"] = CelType.Duration,
    };

    public IReadOnlyCollection<Overload> Overloads => _overloads;

    /// <summary>Declares a type of a library.</summary>
    public void Type(string name) => Types.Add(name, CelType.Opaque(name));

    /// <summary>Declares a function.</summary>
    /// <param name="cost">Null for 1.</param>
    /// <param name="growth">The largest size of the result; null for the size of all arguments.</param>
    /// <param name="total">Whether it takes any values, and gives a fault for those it has no answer to.</param>
    public void Add(string signature, Implementation run, SizeRule? cost = null, SizeRule? growth = null, bool total = false)
    {
        var reader = new SignatureReader(signature, Types);
        var (name, isMember, parameters, result) = reader.Read();
        _overloads.Add(new(name, isMember, parameters, result, run) { Cost = cost, Growth = growth, IsTotal = total });
    }

    /// <summary>Declares a function for each of several types, which the signature writes as <c>§</c>.</summary>
    public void AddEach(ReadOnlySpan<string> types, string signature, Implementation run, SizeRule? cost = null, SizeRule? growth = null, bool total = false)
    {
        foreach (var type in types) Add(signature.Replace("§", type, StringComparison.Ordinal), run, cost, growth, total);
    }

    private ref struct SignatureReader(string signature, Dictionary<string, CelType> types)
    {
        private ReadOnlySpan<char> _rest = signature;

        public (string Name, bool IsMember, ImmutableArray<CelType> Parameters, CelType Result) Read()
        {
            var parameters = ImmutableArray.CreateBuilder<CelType>();
            var isMember = Take("(");
            if (isMember)
            {
                parameters.Add(Type());
                Need(").");
            }
            var open = _rest.IndexOf('(');
            var name = _rest[..open].ToString();
            _rest = _rest[(open + 1)..];
            if (!Take(")"))
            {
                do parameters.Add(Type());
                while (Take(", "));
                Need(")");
            }
            Need(": ");
            var result = Type();
            return _rest.IsEmpty ? (name, isMember, parameters.ToImmutable(), result) : throw Wrong();
        }

        private CelType Type()
        {
            var end = _rest.IndexOfAny("(), ");
            var name = (end < 0 ? _rest : _rest[..end]).ToString();
            _rest = _rest[name.Length..];
            var parameters = ImmutableArray.CreateBuilder<CelType>();
            if (Take("("))
            {
                do parameters.Add(Type());
                while (Take(", "));
                Need(")");
            }
            return (name, parameters.Count) switch
            {
                ("dyn", 0) => CelType.Dyn,
                ("timestamp", 0) => CelType.Timestamp,
                ("duration", 0) => CelType.Duration,
                ("list", 1) => CelType.List(parameters[0]),
                ("map", 2) => CelType.Map(parameters[0], parameters[1]),
                ("optional", 1) => CelType.Optional(parameters[0]),
                ("type", 1) => CelType.TypeOf(parameters[0]),
                ([>= 'A' and <= 'Z'], 0) => CelType.Parameter(name),
                _ when types.TryGetValue(name, out var type) => type,
                _ => throw Wrong(),
            };
        }

        private bool Take(string text)
        {
            if (!_rest.StartsWith(text)) return false;
            _rest = _rest[text.Length..];
            return true;
        }

        private void Need(string text)
        {
            if (!Take(text)) throw Wrong();
        }

        private readonly InvalidOperationException Wrong() => new($"The signature '{signature}' can't be read at '{_rest}'.");
    }
}
