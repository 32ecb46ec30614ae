using System.Text.Json.Nodes;
using ControlPlane.Expressions.Libraries.Authorization;
using ControlPlane.Expressions.Types;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions;

/// <summary>
/// A value of an expression: small ones are kept in place, and JSON is wrapped, never copied. The JSON must not change while it is used.
/// </summary>
public readonly struct CelValue
{
    private readonly object? _object;
    private readonly long _bits;
    private readonly int _nanos;

    private CelValue(CelKind kind, object? @object, long bits = 0, int nanos = 0) => (Kind, _object, _bits, _nanos) = (kind, @object, bits, nanos);

    public static CelValue Null { get; } = new(CelKind.Null, null);
    public static CelValue True { get; } = new(CelKind.Bool, null, 1);
    public static CelValue False { get; } = new(CelKind.Bool, null);

    /// <summary>An optional value that is none, as <c>oldSelf</c> of an object that is new.</summary>
    public static CelValue None => CelOptional.None;

    public CelKind Kind { get; }

    /// <summary>A JSON value as what its type says; of <see cref="CelType.Dyn"/>, as what it is.</summary>
    public static CelValue Of(JsonNode? json, CelType type) => JsonValues.Wrap(json, type);

    public static CelValue Of(bool value) => value ? True : False;

    public static CelValue Of(long value) => new(CelKind.Int, null, value);

    public static CelValue Of(ulong value) => new(CelKind.Uint, null, unchecked((long)value));

    public static CelValue Of(double value) => new(CelKind.Double, null, BitConverter.DoubleToInt64Bits(value));

    public static CelValue Of(string value) => new(CelKind.String, value);

    public static CelValue Of(byte[] value) => new(CelKind.Bytes, value);

    /// <summary>What <c>authorizer</c> asks: a value of <see cref="CelType.Authorizer"/>.</summary>
    public static CelValue Of(ICelAuthorizer authorizer) => Of(new CheckValue(AuthorizerLibrary.Authorizer, authorizer, CelAuthorizationCheck.Nothing));

    /// <summary>What <c>authorizer.requestResource</c> asks, of the resource that the check names: a value of <see cref="CelType.ResourceCheck"/>.</summary>
    public static CelValue Of(ICelAuthorizer authorizer, CelAuthorizationCheck resource) => Of(new CheckValue(AuthorizerLibrary.ResourceCheck, authorizer, resource));

    /// <summary>An object whose fields are found when they are asked for, once each: a policy's <c>variables</c>.</summary>
    public static CelValue Lazily(CelType type, Func<string, CelValue> field) => Of(new LazyStruct(type, field));

    /// <summary>An optional value that is there.</summary>
    public static CelValue Some(CelValue value) => CelOptional.Some(value);

    internal static CelValue Of(CelList value) => new(CelKind.List, value);

    internal static CelValue Of(CelMap value) => new(CelKind.Map, value);

    internal static CelValue Of(CelStruct value) => new(CelKind.Struct, value);

    internal static CelValue Of(CelOpaque value) => new(CelKind.Opaque, value);

    internal static CelValue Of(CelOptional value) => new(CelKind.Optional, value);

    /// <summary>A point of time: seconds since 1970, and nanoseconds from 0.</summary>
    internal static CelValue Time(long seconds, int nanos) => new(CelKind.Timestamp, null, seconds, nanos);

    /// <summary>A length of time in nanoseconds.</summary>
    internal static CelValue Span(long nanos) => new(CelKind.Duration, null, nanos);

    internal static CelValue OfType(string name) => new(CelKind.Type, name);

    internal static CelValue Fault(string message) => new(CelKind.Fault, message);

    public bool AsBool => Kind == CelKind.Bool ? _bits != 0 : throw Not(CelKind.Bool);

    public long AsInt => Kind == CelKind.Int ? _bits : throw Not(CelKind.Int);

    public string AsString => Kind == CelKind.String ? (string)_object! : throw Not(CelKind.String);

    /// <summary>Whether there is no value, but a reason why.</summary>
    public bool IsFault => Kind == CelKind.Fault;

    internal bool IsTrue => Kind == CelKind.Bool && _bits != 0;
    internal bool IsFalse => Kind == CelKind.Bool && _bits == 0;
    internal long Int => _bits;
    internal ulong Uint => unchecked((ulong)_bits);
    internal double Double => BitConverter.Int64BitsToDouble(_bits);
    internal string Text => (string)_object!;
    internal byte[] Data => (byte[])_object!;
    internal long Seconds => _bits;
    internal int Nanos => _nanos;
    internal CelList List => (CelList)_object!;
    internal CelMap Map => (CelMap)_object!;
    internal CelStruct Struct => (CelStruct)_object!;
    internal CelOptional Optional => (CelOptional)_object!;
    internal CelOpaque Opaque => (CelOpaque)_object!;

    /// <summary>Whether two values say the same, as <c>==</c> has it.</summary>
    public bool Equal(CelValue other)
    {
        Equality.Steps = 0;
        return Equality.Equal(this, other);
    }

    /// <summary>The value as JSON, made anew: times and lengths of time as texts, bytes as base64. Null where JSON has no such value.</summary>
    public bool TryToJson(out JsonNode? json) => JsonWriting.TryWrite(this, out json);

    /// <summary>The value for people; of a fault, its message.</summary>
    public override string ToString() => Kind switch
    {
        CelKind.Fault or CelKind.String or CelKind.Type => (string?)_object ?? "",
        CelKind.Null => "null",
        CelKind.Bool => _bits != 0 ? "true" : "false",
        CelKind.Int or CelKind.Uint or CelKind.Double or CelKind.Timestamp or CelKind.Duration or CelKind.Bytes => Conversions.ToText(this).Text,
        CelKind.Opaque => Opaque.ToString() ?? "",
        _ => TryToJson(out var json) ? json?.ToJsonString() ?? "null" : Kind.ToString(),
    };

    private InvalidOperationException Not(CelKind kind) => new($"The value is {Kind}, not {kind}.");
}
