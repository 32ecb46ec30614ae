namespace ControlPlane.Expressions;

/// <summary>What a value is when an expression runs.</summary>
public enum CelKind : byte
{
    /// <summary>No value: why there is none. What takes it as an argument gives it back.</summary>
    Fault,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Timestamp,
    Duration,
    List,
    Map,

    /// <summary>An object of a type with named fields.</summary>
    Struct,
    Type,
    Optional,

    /// <summary>A value of a library.</summary>
    Opaque,
}
