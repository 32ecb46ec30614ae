using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads;
using ControlPlane.Workloads.Patches;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.CustomResources;

/// <summary>
/// Says of a definition whether its names are accepted and its objects served, and of one that is being deleted deletes all its objects before it lets it go.
/// </summary>
/// <param name="kinds">The kinds that are served here.</param>
public sealed class DefinitionReconciler(IKinds kinds) : IReconciler
{
    /// <summary>Holds a definition until its objects are gone.</summary>
    public const string Finalizer = "customresourcecleanup.apiextensions.k8s.io";

    private const int MostPerPlan = 500;
    private static readonly Requester By = Requester.Controller("custom-resource-definition-controller");

    // Its objects' end wakes it; this is for a wake that was lost.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    // Whose names they are may be gone, and the catalogue not know it yet.
    private static readonly TimeSpan UntilFree = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan UntilServed = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc/>
    public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now) =>
        self.Header.DeletionTimestamp is null ? Establish(self, view, now) : Empty(self, view, now);

    /// <summary>The names that kinds have, by group; those of one kind once.</summary>
    internal static IEnumerable<(string Group, CustomNames Names)> NamesOf(IEnumerable<KindDefinition> kinds) =>
        kinds.Select(kind => (kind.Group, new CustomNames(kind.Plural, kind.Singular, kind.Kind, kind.ListKind, kind.ShortNames, kind.Categories)));

    private Plan Establish(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        var tree = self.ToJsonObject();
        var (group, names) = (tree.Text("spec", "group"), CustomNames.Of(tree.Child("spec", "names")));
        var resource = new GroupResource(group, names.Plural);
        var others = NamesOf(kinds.All.Where(known => known.Group == group && known.Definition != self.Key.Name)).Select(known => known.Names);
        var conflict = names.Conflict(others) ?? (CustomKinds.IsServers(kinds, resource) ? ("PluralConflict", $"\"{names.Plural}\" is already in use") : null);
        var served = kinds.FindStored(resource) is { } stored && stored.Definition == self.Key.Name;
        if (conflict is null && !served) return new() { RequeueAfter = UntilServed };
        var conditions = Conditions.Read(tree["status"])
            .With(conflict is { } why ? Condition.Of("NamesAccepted", false, why.Reason, why.Message) : Condition.Of("NamesAccepted", true, "NoConflicts", "no conflicts found"), now);
        conditions = conditions.With(
            conflict is null ? Condition.Of("Established", true, "InitialNamesAccepted", "the initial names have been accepted") : Condition.Of("Established", false, "NotAccepted", "not all names are accepted"), now);
        var status = new JsonObject
        {
            ["conditions"] = conditions.ToJson(),
            ["acceptedNames"] = conflict is null ? names.ToJson() : tree.Child("status", "acceptedNames")?.DeepClone() ?? new JsonObject { ["plural"] = "", ["kind"] = "" },
            ["storedVersions"] = tree.At("status", "storedVersions")?.DeepClone() ?? new JsonArray(),
        };
        TimeSpan? again = conflict is null ? null : UntilFree;
        return StatusChange.From(self, ObjectLimits.ParseElement(self.Json).At("status"), status, By) is { } change ? new() { Commands = [change], RequeueAfter = again } : Plan.Nothing with { RequeueAfter = again };
    }

    private Plan Empty(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        if (!self.Header.Finalizers.Contains(Finalizer)) return Plan.Nothing;
        var root = ObjectLimits.ParseElement(self.Json);
        var resource = new GroupResource(root.At("spec").Text("group"), root.At("spec").At("names").Text("plural"));
        var served = kinds.FindStored(resource) is { } stored && stored.Definition == self.Key.Name;

        // What it never served is somebody else's: the server's own kinds can be described, too.
        var status = self.ToJsonObject().Child("status") ?? [];
        if (!served && Conditions.Holds(status, "Established")) return new() { RequeueAfter = UntilServed };
        IReadOnlyList<StoredObject> objects = served ? view.List(resource).Objects : [];
        var left = objects.Count > 0;
        var commands = new List<ObjectCommand>();
        if (!left) commands.Add(new PatchObject(self.Key, new FinalizerPatch(Finalizer), "", By) { Preconditions = new(self.Uid) });
        foreach (var found in objects.Where(found => found.Header.DeletionTimestamp is null).Take(MostPerPlan))
        {
            commands.Add(new DeleteObject(found.Key, null, Propagation.Background, By) { Preconditions = new(found.Uid) });
        }
        var terminating = left
            ? Condition.Of("Terminating", true, "InstanceDeletionInProgress", "CustomResource deletion is in progress")
            : Condition.Of("Terminating", false, "InstanceDeletionCompleted", "removed all instances");
        var wanted = (JsonObject)status.DeepClone();
        wanted["conditions"] = Conditions.Read(status).WithNews(terminating, now).ToJson();
        if (left && StatusChange.From(self, root.At("status"), wanted, By) is { } change) commands.Add(change);
        return new() { Commands = [.. commands], RequeueAfter = left ? LookAgain : null };
    }
}
