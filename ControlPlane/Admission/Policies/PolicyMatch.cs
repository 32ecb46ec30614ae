using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Json;

namespace ControlPlane.Admission.Policies;

/// <summary>Which writes a policy or a binding is about: MatchResources, by the rules that webhooks have, with exclusions. Immutable.</summary>
/// <param name="Rules">Empty for every resource, as a binding may have it.</param>
/// <param name="Excluded">What is not meant though a rule means it.</param>
/// <param name="MeansEquivalents">Whether writes by other versions of a kind are meant, too.</param>
/// <param name="Namespaces">Null where every namespace is selected.</param>
/// <param name="Objects">Null where every object is selected.</param>
internal sealed record PolicyMatch(ImmutableArray<WebhookRule> Rules, ImmutableArray<WebhookRule> Excluded, bool MeansEquivalents, LabelSelector? Namespaces, LabelSelector? Objects)
{
    /// <summary>Every write.</summary>
    public static PolicyMatch Everything { get; } = new([], [], true, null, null);

    /// <summary>Reads it as it is stored: defaulted and valid. Null is <see cref="Everything"/>.</summary>
    public static PolicyMatch Read(JsonObject? match) => match is null ? Everything : new(
        [.. match.Objects("resourceRules").Select(WebhookRule.Read)],
        [.. match.Objects("excludeResourceRules").Select(WebhookRule.Read)],
        match.Text("matchPolicy") != "Exact",
        Webhook.Selector(match.Child("namespaceSelector")),
        Webhook.Selector(match.Child("objectSelector")));

    /// <summary>The version of the write's kind that is meant; null if none is.</summary>
    /// <param name="versions">Those there are, the one it was made by first.</param>
    public KindDefinition? Meant(PendingWrite write, ImmutableArray<KindDefinition> versions)
    {
        if (!Excluded.IsEmpty && WebhookSelection.Meant(Excluded, MeansEquivalents, write, versions) is not null) return null;
        return Rules.IsEmpty ? versions[0] : WebhookSelection.Meant(Rules, MeansEquivalents, write, versions);
    }
}
