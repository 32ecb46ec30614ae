using System.Collections.Immutable;
using ControlPlane.Objects.Schemas;

namespace ControlPlane.Catalogue.OpenApi;

/// <summary>A parameter of a path or an operation.</summary>
/// <param name="In"><c>path</c> or <c>query</c>.</param>
/// <param name="Type">An OpenAPI type.</param>
internal sealed record ApiParameter(string Name, string In, string Type)
{
    public bool Required => In == "path";
}

/// <summary>One method on one path.</summary>
/// <param name="Method">get, put, post, delete or patch.</param>
/// <param name="Action">Its <c>x-kubernetes-action</c>.</param>
/// <param name="Id">Unique in the document.</param>
/// <param name="Kind">The kind it is about: its <c>x-kubernetes-group-version-kind</c>.</param>
/// <param name="Body">The schema of the body; null if there is none.</param>
/// <param name="Response">The schema of the answer; null for text and streams.</param>
internal sealed record ApiOperation(
    string Method, string Action, string Id, GroupVersionKind Kind, ImmutableArray<ApiParameter> Query, Schema? Body, Schema? Response)
{
    /// <summary>The media types its body may be in.</summary>
    public ImmutableArray<string> Takes { get; init; } = MediaTypes.Anything;
}

/// <summary>A path and its methods.</summary>
internal sealed record ApiPath(string Path, ImmutableArray<ApiParameter> Parameters, ImmutableArray<ApiOperation> Operations);
