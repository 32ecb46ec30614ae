using System.Collections.Immutable;

namespace ControlPlane.Catalogue.OpenApi;

/// <summary>The parameters operations take.</summary>
internal static class ApiParameters
{
    public static readonly ApiParameter Name = new("name", "path", "string");
    public static readonly ApiParameter Namespace = new("namespace", "path", "string");

    public static readonly ImmutableArray<ApiParameter> None = [];

    public static readonly ImmutableArray<ApiParameter> List =
    [
        Query("allowWatchBookmarks", "boolean"),
        Query("continue", "string"),
        Query("fieldSelector", "string"),
        Query("labelSelector", "string"),
        Query("limit", "integer"),
        Query("resourceVersion", "string"),
        Query("resourceVersionMatch", "string"),
        Query("sendInitialEvents", "boolean"),
        Query("timeoutSeconds", "integer"),
        Query("watch", "boolean"),
    ];

    public static readonly ImmutableArray<ApiParameter> Write = [Query("dryRun", "string"), Query("fieldManager", "string"), Query("fieldValidation", "string")];

    public static readonly ImmutableArray<ApiParameter> Patch = [.. Write, Query("force", "boolean")];

    public static readonly ImmutableArray<ApiParameter> Delete =
        [Query("dryRun", "string"), Query("gracePeriodSeconds", "integer"), Query("orphanDependents", "boolean"), Query("propagationPolicy", "string")];

    public static readonly ImmutableArray<ApiParameter> DeleteCollection = [.. Delete, .. List.Where(parameter => parameter.Name is not ("allowWatchBookmarks" or "watch"))];

    public static readonly ImmutableArray<ApiParameter> Log =
    [
        Query("container", "string"),
        Query("follow", "boolean"),
        Query("limitBytes", "integer"),
        Query("previous", "boolean"),
        Query("sinceSeconds", "integer"),
        Query("tailLines", "integer"),
        Query("timestamps", "boolean"),
    ];

    private static ApiParameter Query(string name, string type) => new(name, "query", type);
}
