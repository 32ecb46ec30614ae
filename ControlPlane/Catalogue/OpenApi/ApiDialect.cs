namespace ControlPlane.Catalogue.OpenApi;

/// <summary>Where OpenAPI's versions differ.</summary>
/// <param name="Version">The member that names the version, and its value.</param>
/// <param name="References">What stands before a definition's name in a reference.</param>
/// <param name="IsV3">Whether bodies and answers have a media type each, references stand in an <c>allOf</c>, and junctions and null are known.</param>
internal sealed record ApiDialect((string Member, string Value) Version, string References, bool IsV3)
{
    public static ApiDialect V2 { get; } = new(("swagger", "2.0"), "#/definitions/", false);
    public static ApiDialect V3 { get; } = new(("openapi", "3.0.0"), "#/components/schemas/", true);
}
