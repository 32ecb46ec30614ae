using ControlPlane.Objects;
using ControlPlane.Objects.FieldManagement;
using Shared.Api;

namespace ControlPlane.Gateway;

/// <summary>The options of a write that stand in its query: <c>dryRun</c>, for which "All" is the one value there is (also in DeleteOptions), and <c>fieldManager</c>.</summary>
internal static class WriteOptions
{
    /// <summary>Refuses what is none; null for a list that asks for a dry run, or is empty and asks for none.</summary>
    /// <param name="verb">The request's verb, which names the options.</param>
    /// <param name="values">What was given.</param>
    public static ApiStatus? CheckDryRun(string verb, IEnumerable<string?> values)
    {
        var options = OptionsOf(verb);
        if (options.Length == 0) return null;
        StatusCause[] causes = [.. values.Where(value => value != "All").Select(value =>
            new StatusCause("FieldValueNotSupported", $"Unsupported value: \"{value}\": supported values: \"All\"", "dryRun"))];
        return causes.Length == 0 ? null : ApiStatus.Invalid("meta.k8s.io", options, "", causes);
    }

    /// <summary>Refuses a name of a field manager that is none; null where none is given.</summary>
    /// <param name="verb">The request's verb.</param>
    /// <param name="name">The <c>fieldManager</c> of its query.</param>
    public static ApiStatus? CheckManager(string verb, string? name)
    {
        if (string.IsNullOrEmpty(name) || OptionsOf(verb) is not { Length: > 0 } options) return null;
        var errors = new FieldErrors();
        FieldManager.Check(name, "fieldManager", errors);
        return errors.Any ? ApiStatus.Invalid("meta.k8s.io", options, "", errors.Causes) : null;
    }

    /// <summary>The name of a verb's options; empty for a verb that only reads.</summary>
    private static string OptionsOf(string verb) => verb switch
    {
        "create" => "CreateOptions",
        "update" => "UpdateOptions",
        "patch" => "PatchOptions",
        "delete" or "deletecollection" => "DeleteOptions",
        _ => "",
    };
}
