using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Json;

namespace ControlPlane.Admission.Webhooks;

/// <summary>One rule of a webhook or a policy: which operations on which resources it is asked about. <c>*</c> stands for any.</summary>
/// <param name="Resources">With subresources: <c>pods</c>, <c>pods/status</c>, <c>pods/*</c> (the pods themselves, too), <c>*/scale</c>, <c>*</c> (no subresources), <c>*/*</c> (everything).</param>
/// <param name="Scope"><c>Cluster</c>, <c>Namespaced</c> or <c>*</c>. Namespaces themselves are of the cluster.</param>
internal sealed record WebhookRule(
    ImmutableArray<string> Operations, ImmutableArray<string> Groups, ImmutableArray<string> Versions, ImmutableArray<(string Resource, string Subresource)> Resources, string Scope)
{
    public const string Any = "*";

    /// <summary>The names of the objects that are meant; empty for all. Rules of webhooks have none.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>Reads a rule as it is stored.</summary>
    public static WebhookRule Read(JsonObject rule) => new(
        [.. rule.Texts("operations")],
        [.. rule.Texts("apiGroups")],
        [.. rule.Texts("apiVersions")],
        [.. rule.Texts("resources").Select(Split)],
        rule.Text("scope") is { Length: > 0 } scope ? scope : Any)
    {
        Names = [.. rule.Texts("resourceNames")],
    };

    /// <summary>Whether a write is one of those meant, where it is made by this version of its kind.</summary>
    public bool Matches(WriteOperation operation, KindDefinition kind, string subresource) =>
        IsOf(Operations, Word(operation)) && IsOf(Groups, kind.Group) && IsOf(Versions, kind.Version) && InScope(kind) && MeansResource(kind.Plural, subresource);

    /// <summary>Whether objects of this name are meant.</summary>
    public bool IsOfName(string name) => Names.IsEmpty || Names.Contains(name);

    /// <summary>Kubernetes' word for an operation.</summary>
    public static string Word(WriteOperation operation) => operation switch
    {
        WriteOperation.Create => "CREATE",
        WriteOperation.Update => "UPDATE",
        _ => "DELETE",
    };

    /// <summary>The resource and the subresource that a rule's text names.</summary>
    public static (string Resource, string Subresource) Split(string text) =>
        text.IndexOf('/', StringComparison.Ordinal) is > -1 and var at ? (text[..at], text[(at + 1)..]) : (text, "");

    private bool InScope(KindDefinition kind) => Scope switch
    {
        "Namespaced" => kind.Namespaced,
        "Cluster" => !kind.Namespaced,
        _ => true,
    };

    private bool MeansResource(string plural, string subresource)
    {
        foreach (var (resource, sub) in Resources)
        {
            if ((resource == Any || resource == plural) && (sub == Any || sub == subresource)) return true;
        }
        return false;
    }

    private static bool IsOf(ImmutableArray<string> words, string word)
    {
        foreach (var one in words)
        {
            if (one == Any || one == word) return true;
        }
        return false;
    }
}
