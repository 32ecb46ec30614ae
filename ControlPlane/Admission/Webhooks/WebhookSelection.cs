using System.Collections.Immutable;
using ControlPlane.Objects;
using Shared.Json;

namespace ControlPlane.Admission.Webhooks;

/// <summary>Which webhooks are asked about a write, and as of which version of its kind. Pure but for the view it reads.</summary>
/// <param name="kinds">The kinds there are.</param>
/// <param name="view">The local watch cache: the labels of namespaces.</param>
internal sealed class WebhookSelection(IKinds kinds, IObjectView view)
{
    private static readonly Dictionary<string, string> NoLabels = [];

    /// <summary>The versions of a write's kind, the one it was made by first.</summary>
    public ImmutableArray<KindDefinition> Versions(PendingWrite write)
    {
        var spoken = write.Command is PatchObject { Version: { } version } && kinds.FindKind(version.Group, version.Version, version.Kind) is { } found ? found : write.Kind;
        return [spoken, .. kinds.All.Where(kind => kind.Stored && kind.Storage == write.Kind.GroupResource && (kind.Group, kind.Version) != (spoken.Group, spoken.Version))];
    }

    /// <summary>The version that a webhook's rules mean; null if they mean none.</summary>
    public static KindDefinition? Meant(Webhook webhook, PendingWrite write, ImmutableArray<KindDefinition> versions)
    {
        if (webhook.Means(write.Operation, versions[0], write.Subresource)) return versions[0];
        return webhook.MeansEquivalents ? versions.Skip(1).FirstOrDefault(version => webhook.Means(write.Operation, version, write.Subresource)) : null;
    }

    /// <summary>Whether the selectors of a webhook select the write.</summary>
    public bool IsSelected(Webhook webhook, PendingWrite write) => SelectsNamespace(webhook, write) && SelectsObject(webhook, write);

    private bool SelectsNamespace(Webhook webhook, PendingWrite write)
    {
        if (webhook.Namespaces is not { } selector) return true;
        if (write.Kind is { Group: "", Plural: "namespaces" })
        {
            // Its labels as they will be; a delete changes none.
            return selector.Matches(write is { Subresource: "", Operation: not WriteOperation.Delete } ? Labels(write) : write.State?.Header.Labels ?? NoLabels);
        }
        return !write.Kind.Namespaced || selector.Matches(view.Get(new("", "namespaces", "", write.Command.Key.Namespace))?.Header.Labels ?? NoLabels);
    }

    // The new or the old one: nobody escapes by taking a label away. What is no object of the kind has no labels.
    private static bool SelectsObject(Webhook webhook, PendingWrite write)
    {
        if (webhook.Objects is not { } selector) return true;
        if (SubresourceBody.KindOf(write.Subresource) is not null) return selector.Matches(NoLabels);
        return (write.Operation is not WriteOperation.Delete && selector.Matches(Labels(write))) || (write.State is { } before && selector.Matches(before.Header.Labels));
    }

    private static Dictionary<string, string> Labels(PendingWrite write) => write.Object.TextMap("metadata", "labels");
}
