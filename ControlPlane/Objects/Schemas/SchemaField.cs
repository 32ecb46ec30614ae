namespace ControlPlane.Objects.Schemas;

/// <summary>A field of an object schema.</summary>
/// <param name="Name">The name in JSON.</param>
/// <param name="Schema">What its value may be.</param>
/// <param name="Required">Whether documents describe the field as always there. What is enforced stands in <see cref="SchemaConstraints.Required"/>.</param>
/// <param name="Semantic">How the field merges.</param>
public sealed record SchemaField(string Name, Schema Schema, bool Required, FieldSemantic Semantic)
{
    /// <summary>Finds what people are told about the field; null where nothing is known, or where its schema tells.</summary>
    public Func<string>? Description { get; init; }

    /// <summary>The value a write gives the field where it is absent, as JSON text; null for none.</summary>
    public string? Default { get; init; }
}
