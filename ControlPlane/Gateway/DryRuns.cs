using Shared.Api;

namespace ControlPlane.Gateway;

/// <summary>The <c>dryRun</c> of a query or of DeleteOptions: "All" is the one value there is.</summary>
internal static class DryRuns
{
    /// <summary>Refuses what is none; null for a list that asks for a dry run, or is empty and asks for none.</summary>
    /// <param name="verb">The request's verb, which names the options.</param>
    /// <param name="values">What was given.</param>
    public static ApiStatus? Check(string verb, IEnumerable<string?> values)
    {
        var options = verb switch
        {
            "create" => "CreateOptions",
            "update" => "UpdateOptions",
            "patch" => "PatchOptions",
            "delete" or "deletecollection" => "DeleteOptions",
            _ => "",
        };
        if (options.Length == 0) return null;
        StatusCause[] causes = [.. values.Where(value => value != "All").Select(value =>
            new StatusCause("FieldValueNotSupported", $"Unsupported value: \"{value}\": supported values: \"All\"", "dryRun"))];
        return causes.Length == 0 ? null : ApiStatus.Invalid("meta.k8s.io", options, "", causes);
    }
}
