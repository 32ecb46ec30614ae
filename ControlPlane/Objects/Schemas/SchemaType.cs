namespace ControlPlane.Objects.Schemas;

/// <summary>What a JSON value may be.</summary>
public enum SchemaType
{
    /// <summary>An object with named fields: <see cref="Schema.Fields"/>.</summary>
    Object,

    /// <summary>A list of <see cref="Schema.Items"/>.</summary>
    Array,

    /// <summary>An object with any names, and values of <see cref="Schema.Items"/>.</summary>
    Map,
    String,
    Boolean,
    Int32,
    Int64,
    Number,

    /// <summary>A resource quantity: a string, or a number on input.</summary>
    Quantity,
    IntOrString,

    /// <summary>RFC 3339.</summary>
    DateTime,

    /// <summary>Base64.</summary>
    Bytes,

    /// <summary>Any JSON at all, kept as it is: RawExtension, JSON, and what a structural schema leaves open.</summary>
    Any,
}
