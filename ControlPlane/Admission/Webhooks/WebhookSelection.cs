using System.Collections.Concurrent;
using System.Collections.Immutable;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Admission.Webhooks;

/// <summary>Which webhooks and policies are asked about a write, and as of which version of its kind. Pure but for the view it reads.</summary>
/// <param name="kinds">The kinds there are.</param>
/// <param name="view">The local watch cache: the labels of namespaces.</param>
internal sealed class WebhookSelection(IKinds kinds, IObjectView view)
{
    private static readonly Dictionary<string, string> NoLabels = [];
    private Known _known = new([]);

    /// <summary>The versions of a write's kind, the one it was made by first.</summary>
    public ImmutableArray<KindDefinition> Versions(PendingWrite write)
    {
        var spoken = write.Command is PatchObject { Version: { } version } && kinds.FindKind(version.Group, version.Version, version.Kind) is { } found ? found : write.Kind;
        var (all, known) = (kinds.All, Volatile.Read(ref _known));
        if (known.Kinds != all) Volatile.Write(ref _known, known = new(all));
        return known.Versions.GetOrAdd((spoken.GroupResource, spoken.Version), static (_, of) =>
            [of.Spoken, .. of.All.Where(kind => kind.Stored && kind.Storage == of.Stored && (kind.Group, kind.Version) != (of.Spoken.Group, of.Spoken.Version))], (Spoken: spoken, Stored: write.Kind.GroupResource, All: all));
    }

    /// <summary>The version that some rules mean; null if they mean none.</summary>
    /// <param name="equivalents">Whether writes by other versions of a kind are meant, too.</param>
    public static KindDefinition? Meant(ImmutableArray<WebhookRule> rules, bool equivalents, PendingWrite write, ImmutableArray<KindDefinition> versions)
    {
        foreach (var version in versions)
        {
            foreach (var rule in rules)
            {
                if (rule.Matches(write.Operation, version, write.Subresource) && rule.IsOfName(write.Command.Key.Name)) return version;
            }
            if (!equivalents) return null;
        }
        return null;
    }

    /// <summary>Whether two selectors select the write; a null one selects everything.</summary>
    public bool IsSelected(LabelSelector? namespaces, LabelSelector? objects, PendingWrite write) => SelectsNamespace(namespaces, write) && SelectsObject(objects, write);

    private bool SelectsNamespace(LabelSelector? selector, PendingWrite write)
    {
        if (selector is null) return true;
        if (write.Kind is { Group: "", Plural: "namespaces" })
        {
            // Its labels as they will be; a delete changes none.
            return selector.Matches(write is { Subresource: "", Operation: not WriteOperation.Delete } ? Labels(write) : write.State?.Header.Labels ?? NoLabels);
        }
        return !write.Kind.Namespaced || selector.Matches(view.Get(new("", "namespaces", "", write.Command.Key.Namespace))?.Header.Labels ?? NoLabels);
    }

    // The new or the old one: nobody escapes by taking a label away. What is no object of the kind has no labels.
    private static bool SelectsObject(LabelSelector? selector, PendingWrite write)
    {
        if (selector is null) return true;
        if (SubresourceBody.KindOf(write.Subresource) is not null) return selector.Matches(NoLabels);
        return (write.Operation is not WriteOperation.Delete && selector.Matches(Labels(write))) || (write.State is { } before && selector.Matches(before.Header.Labels));
    }

    private static Dictionary<string, string> Labels(PendingWrite write) => write.Object.TextMap("metadata", "labels");

    /// <summary>What was found out about some kinds; it is forgotten when there are others.</summary>
    private sealed record Known(ImmutableArray<KindDefinition> Kinds)
    {
        public ConcurrentDictionary<(GroupResource Resource, string Version), ImmutableArray<KindDefinition>> Versions { get; } = [];
    }
}
