namespace ControlPlane.Expressions.Types;

/// <summary>The families of CEL's types.</summary>
public enum CelTypeKind
{
    /// <summary>Anything: known only when an expression runs.</summary>
    Dyn,
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
    Optional,

    /// <summary>The type of types.</summary>
    Type,

    /// <summary>An object with named fields.</summary>
    Object,

    /// <summary>A value of a library, with nothing but its functions: an address, a quantity.</summary>
    Opaque,

    /// <summary>A placeholder in a declared function.</summary>
    Parameter,
}
