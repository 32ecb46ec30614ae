namespace ControlPlane.Objects.Schemas;

/// <summary>The name a schema has for others to refer to it by.</summary>
/// <param name="Name">The type's own name, e.g. <c>PodSpec</c>.</param>
/// <param name="GroupVersion">The short group and version that declares it, e.g. <c>core/v1</c>; null where only its users tell.</param>
/// <param name="Kind">The kind whose objects it describes; null for a part of one.</param>
/// <param name="Message">The message of its binary form, e.g. <c>apps/v1.Deployment</c>; null where it has none.</param>
/// <param name="DefinitionName">Its full name in OpenAPI, where that does not follow from the other members.</param>
public sealed record SchemaIdentity(string Name, string? GroupVersion, GroupVersionKind? Kind = null, string? Message = null, string? DefinitionName = null);

/// <summary>A kind's group, version and name; the core group is empty.</summary>
public sealed record GroupVersionKind(string Group, string Version, string Kind);
