using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Objects.FieldManagement;

/// <summary>Fields that an apply would change, and another manager has.</summary>
internal sealed record FieldConflict(ManagedFieldsEntry With, FieldSet Fields)
{
    /// <summary>The conflicts of a change with each of some managers.</summary>
    public static ImmutableArray<FieldConflict> Of(IEnumerable<ManagedFieldsEntry> others, FieldSet changed) =>
        [.. others.Select(other => new FieldConflict(other, other.Fields.Common(changed))).Where(conflict => !conflict.Fields.IsEmpty).OrderBy(conflict => conflict.Name, StringComparer.Ordinal)];

    /// <summary>The refusal that names every field and manager, in Kubernetes' words.</summary>
    public static ApiStatus Refuse(ObjectKey key, ImmutableArray<FieldConflict> conflicts)
    {
        StatusCause[] causes = [.. conflicts.SelectMany(conflict => conflict.Fields.Paths().Select(path => new StatusCause("FieldManagerConflict", $"conflict with {conflict.Name}", Show(path))))];
        var text = causes.Length == 1
            ? $"{causes[0].Message}: {causes[0].Field}"
            : string.Join('\n', conflicts.Select(conflict => $"conflicts with {conflict.Name}:\n{string.Join('\n', conflict.Fields.Paths().Select(path => $"- {Show(path)}"))}"));
        return new(409, "Conflict", $"Apply failed with {causes.Length} conflict{(causes.Length == 1 ? "" : "s")}: {text}") { Name = key.Name, Group = key.Group, Kind = key.Resource, Causes = [.. causes] };
    }

    /// <summary>A path element as people write it: <c>.name</c>, <c>[name="web"]</c>.</summary>
    public static string Show(string element) => element[0] switch
    {
        'f' => $".{element[2..]}",
        'k' when ObjectLimits.Parse(System.Text.Encoding.UTF8.GetBytes(element[2..])) is JsonObject keys => $"[{string.Join(',', keys.Select(key => $"{key.Key}={key.Value?.ToJsonString() ?? "null"}"))}]",
        'v' => $"[={element[2..]}]",
        _ => $"[{element[2..]}]",
    };

    private string Name
    {
        get
        {
            var name = $"\"{With.Manager}\"";
            if (With.Subresource.Length > 0) name += $" with subresource \"{With.Subresource}\"";
            return With.Applied ? name : $"{name} using {With.ApiVersion} at {Rfc3339.Write(DateTimeOffset.FromUnixTimeSeconds(With.Seconds))}";
        }
    }

    private static string Show(IReadOnlyList<string> path) => string.Concat(path.Select(Show));
}
