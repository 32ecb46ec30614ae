namespace ControlPlane.Catalogue.Decoding;

/// <summary>What becomes of unknown and duplicate fields: the <c>fieldValidation</c> query parameter.</summary>
public enum FieldValidation
{
    /// <summary>Dropped, and the client is told in warnings. The default.</summary>
    Warn,

    /// <summary>Dropped silently.</summary>
    Ignore,

    /// <summary>The request is refused.</summary>
    Strict,
}

/// <summary>Reads the query parameter.</summary>
public static class FieldValidations
{
    /// <summary>False for a value Kubernetes does not know. An absent or empty value is <see cref="FieldValidation.Warn"/>.</summary>
    public static bool TryParse(string? value, out FieldValidation mode)
    {
        mode = value switch
        {
            "Ignore" => FieldValidation.Ignore,
            "Strict" => FieldValidation.Strict,
            _ => FieldValidation.Warn,
        };
        return value is null or "" or "Ignore" or "Warn" or "Strict";
    }
}
