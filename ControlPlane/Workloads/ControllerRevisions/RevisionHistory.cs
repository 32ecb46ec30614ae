using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using ControlPlane.Objects.Selectors;
using ControlPlane.Workloads.Patches;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.ControllerRevisions;

/// <summary>A set whose templates are kept: what its history reads of it.</summary>
/// <param name="HashLabel">The label that a ControllerRevision of the set carries its hash in.</param>
internal sealed record RevisedSet(
    StoredObject Stored, OwnerRef Owner, LabelSelector Selector, JsonElement Template, PodTemplate PodTemplate, int CollisionCount, string HashLabel, Requester By);

/// <summary>
/// The templates a StatefulSet or DaemonSet has had, each in a ControllerRevision named by the template's hash, in the form that <c>kubectl rollout undo</c> merges back
/// into the set. The commands adopt, make, renumber and forget them.
/// </summary>
internal sealed class RevisionHistory
{
    /// <summary>The label that tells of which ControllerRevision a pod was made.</summary>
    public const string PodLabel = "controller-revision-hash";

    private const int LongestStem = 223;
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";
    private static readonly GroupResource Resource = new("apps", "controllerrevisions");
    private readonly RevisedSet _set;
    private readonly ImmutableArray<SetRevision> _all;

    private RevisionHistory(RevisedSet set, ImmutableArray<SetRevision> all, List<ObjectCommand> commands) =>
        (_set, _all, Commands, CollisionCount) = (set, all, commands, set.CollisionCount);

    /// <summary>What is to be done to the revisions.</summary>
    public List<ObjectCommand> Commands { get; }

    /// <summary>How often the hash of a template had to be made another one.</summary>
    public int CollisionCount { get; private set; }

    public static RevisionHistory Of(RevisedSet set, IObjectView view)
    {
        var claim = Adoption.Make(set.Stored, set.Owner, set.Selector, Resource, view, set.By);
        return new(set, [.. claim.Owned.Where(found => found.Header.DeletionTimestamp is null).Select(SetRevision.Of).OrderBy(revision => revision.Number).ThenBy(revision => revision.Name, StringComparer.Ordinal)], claim.Commands);
    }

    /// <summary>The revision of this name, if the set still has it.</summary>
    public SetRevision? Named(string name) => _all.FirstOrDefault(revision => revision.Name == name);

    /// <summary>
    /// The revision of the set's template, the newest of all from now on. Null: it is being made, and whatever refers to it has to wait.
    /// </summary>
    public SetRevision? Update(IObjectView view)
    {
        var newest = _all.IsEmpty ? 0 : _all[^1].Number;
        if (_all.LastOrDefault(revision => revision.PodTemplate.Equals(_set.PodTemplate)) is not { } known)
        {
            Commands.Add(Make(newest + 1, view));
            return null;
        }
        if (known.Number < newest)
        {
            // A template that comes back is the newest one again, as after an undo.
            Commands.Add(new PatchObject(known.Stored.Key, new FieldPatch(new JsonObject { ["revision"] = newest + 1 }), "", _set.By) { Preconditions = new(known.Stored.Uid) });
        }
        return known;
    }

    /// <summary>Forgets the oldest revisions beyond a limit; those in use do not count and stay.</summary>
    public void Truncate(Func<SetRevision, bool> inUse, int limit)
    {
        var old = _all.Where(revision => !inUse(revision)).ToArray();
        foreach (var revision in old.Take(Math.Max(0, old.Length - limit)))
        {
            Commands.Add(new DeleteObject(revision.Stored.Key, null, Propagation.Background, _set.By) { Preconditions = new(revision.Stored.Uid) });
        }
    }

    private CreateObject Make(long number, IObjectView view)
    {
        var self = _set.Stored.Key;
        var stem = self.Name.Length > LongestStem ? self.Name[..LongestStem] : self.Name;
        var key = Key();

        // The name belongs to another template or set: the count makes another one.
        while (view.Get(key) is not null)
        {
            CollisionCount++;
            key = Key();
        }
        var template = JsonObject.Create(_set.Template)!.DeepClone().AsObject();
        template[PodTemplate.Directive] = "replace";
        var metadata = ObjectLimits.ParseElement(_set.Stored.Json).At("metadata");
        var (labels, annotations) = (new JsonObject(), new JsonObject());
        foreach (var (name, value) in _set.Template.At("metadata").TextMap("labels")) labels[name] = value;
        labels[_set.HashLabel] = key.Name[(stem.Length + 1)..];
        foreach (var (name, value) in metadata.TextMap("annotations"))
        {
            if (name != LastApplied) annotations[name] = value;
        }
        var revision = new JsonObject
        {
            ["apiVersion"] = "apps/v1",
            ["kind"] = "ControllerRevision",
            ["metadata"] = new JsonObject
            {
                ["name"] = key.Name,
                ["namespace"] = key.Namespace,
                ["labels"] = labels,
                ["annotations"] = annotations,
                ["ownerReferences"] = new JsonArray(OwnerReferenceJson.Write(_set.Owner)),
            },
            ["data"] = new JsonObject { ["spec"] = new JsonObject { ["template"] = template } },
            ["revision"] = number,
        };
        return new(key, revision, _set.By);

        ObjectKey Key() => new(Resource.Group, Resource.Resource, self.Namespace, $"{stem}-{_set.PodTemplate.Hash(CollisionCount)}");
    }
}
