using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Objects;
using static ControlPlane.Catalogue.Columns.Column;

namespace ControlPlane.Catalogue.Columns;

/// <summary>Roles, their bindings and certificates.</summary>
internal static class AccessColumns
{
    public static ImmutableArray<PrinterColumn> Roles { get; } = [Name, CreatedAt];

    public static ImmutableArray<PrinterColumn> Bindings { get; } =
    [
        Name,
        Text("Role", binding => $"{binding.Str("roleRef", "kind")}/{binding.Str("roleRef", "name")}"),
        Age,
        Wide(Text("Users", binding => Subjects(binding, "User"))),
        Wide(Text("Groups", binding => Subjects(binding, "Group"))),
        Wide(Text("ServiceAccounts", binding => Subjects(binding, "ServiceAccount"))),
    ];

    public static ImmutableArray<PrinterColumn> CertificateSigningRequests { get; } =
    [
        Name,
        Age,
        Field("SignerName", None, "spec", "signerName"),
        Field("Requestor", "", "spec", "username"),
        Text("RequestedDuration", request => request.Int("spec", "expirationSeconds") is { } seconds ? HumanDuration.Format(TimeSpan.FromSeconds(seconds)) : None),
        Text("Condition", Condition),
    ];

    public static ImmutableArray<PrinterColumn> ClusterTrustBundles { get; } = [Name, Field("SignerName", None, "spec", "signerName")];

    private static string Subjects(JsonObject binding, string kind) => string.Join(", ", binding.List("subjects")
        .Where(subject => subject.Str("kind") == kind)
        .Select(subject => kind == "ServiceAccount" ? $"{subject.Str("namespace")}/{subject.Str("name")}" : subject.Str("name")));

    private static string Condition(JsonObject request)
    {
        var types = request.List("status", "conditions").Select(condition => condition.Str("type")).ToArray();
        var words = new List<string> { types.Contains("Denied") ? "Denied" : types.Contains("Approved") ? "Approved" : "Pending" };
        if (types.Contains("Failed")) words.Add("Failed");
        if (request.Str("status", "certificate").Length > 0) words.Add("Issued");
        return string.Join(',', words);
    }
}
