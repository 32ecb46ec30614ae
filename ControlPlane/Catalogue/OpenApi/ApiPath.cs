using System.Collections.Immutable;

namespace ControlPlane.Catalogue.OpenApi;

/// <summary>A parameter of a path or an operation.</summary>
/// <param name="In"><c>path</c> or <c>query</c>.</param>
/// <param name="Type">An OpenAPI type.</param>
internal sealed record ApiParameter(string Name, string In, string Type)
{
    public bool Required => In == "path";
}

/// <summary>The kind an operation is about: its <c>x-kubernetes-group-version-kind</c>.</summary>
internal sealed record ApiKind(string Group, string Version, string Kind);

/// <summary>One method on one path.</summary>
/// <param name="Method">get, put, post, delete or patch.</param>
/// <param name="Action">Its <c>x-kubernetes-action</c>.</param>
/// <param name="Id">Unique in the document.</param>
/// <param name="Body">The definition of the body; null if there is none.</param>
/// <param name="Response">The definition of the answer; null for text and streams.</param>
internal sealed record ApiOperation(
    string Method, string Action, string Id, ApiKind Kind, ImmutableArray<ApiParameter> Query, string? Body, string? Response)
{
    public bool IsPatch => Method == "patch";
}

/// <summary>A path and its methods.</summary>
internal sealed record ApiPath(string Path, ImmutableArray<ApiParameter> Parameters, ImmutableArray<ApiOperation> Operations);
