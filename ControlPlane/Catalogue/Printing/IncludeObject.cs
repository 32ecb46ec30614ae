namespace ControlPlane.Catalogue.Printing;

/// <summary>What a table's rows carry besides their cells: the <c>includeObject</c> query parameter.</summary>
public enum IncludeObject
{
    /// <summary>The object's metadata. The default.</summary>
    Metadata,
    None,
    Object,
}

/// <summary>Reads the query parameter.</summary>
public static class IncludeObjects
{
    /// <summary>An absent or unknown value is <see cref="IncludeObject.Metadata"/>.</summary>
    public static IncludeObject Parse(string? value) => value switch
    {
        "None" => IncludeObject.None,
        "Object" => IncludeObject.Object,
        _ => IncludeObject.Metadata,
    };
}
