using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.Namespaces;

/// <summary>
/// Gives every namespace its default ServiceAccount and the cluster's CA, and empties one that is being deleted: deletes all it holds, says in
/// conditions what is left, and lets it go once nothing is.
/// </summary>
/// <param name="resources">The namespaced resources that are stored now.</param>
/// <param name="authority">The cluster's CA certificate as PEM, for <c>kube-root-ca.crt</c>; two while it is replaced.</param>
public sealed class NamespaceReconciler(Func<IEnumerable<GroupResource>> resources, Func<string> authority) : IReconciler
{
    /// <summary>The finalizer in <c>spec.finalizers</c> that stands for the namespace's contents.</summary>
    public const string Finalizer = "kubernetes";

    private const int MostPerPlan = 500;
    private static readonly Requester By = Requester.Controller("namespace-controller");

    // Contents that vanish wake the namespace; this is for a wake that was lost.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    /// <summary>A reconciler of everything that is stored in namespaces, kinds that come later included.</summary>
    public static NamespaceReconciler Of(IKinds kinds, Func<string> authority) =>
        new(() => kinds.All.Where(kind => kind.Namespaced && kind.Stored).Select(kind => kind.Storage).Distinct(), authority);

    /// <inheritdoc/>
    public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now) =>
        self.Header.DeletionTimestamp is null ? Furnish(self, view) : Empty(self, view, now);

    private Plan Furnish(StoredObject self, IObjectView view)
    {
        var name = self.Key.Name;
        var commands = new List<ObjectCommand>();
        var account = new ObjectKey("", "serviceaccounts", name, "default");
        if (view.Get(account) is null) commands.Add(new CreateObject(account, Meta("ServiceAccount", account), By));
        var bundle = new ObjectKey("", "configmaps", name, "kube-root-ca.crt");
        if (view.Get(bundle) is not { } present) commands.Add(new CreateObject(bundle, Bundle(bundle), By));
        else if (authority() is var trusted && ObjectLimits.ParseElement(present.Json).At("data").Text("ca.crt") != trusted)
        {
            commands.Add(new PatchObject(bundle, new FieldPatch(new JsonObject { ["data"] = new JsonObject { ["ca.crt"] = trusted } }), "", By));
        }
        return commands.Count == 0 ? Plan.Nothing : new() { Commands = [.. commands] };
    }

    private Plan Empty(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        var contents = NamespaceContents.Of(resources(), self.Key.Name, view);
        var root = ObjectLimits.ParseElement(self.Json);
        if (contents.IsEmpty)
        {
            var held = root.At("spec").At("finalizers") is { ValueKind: JsonValueKind.Array } finalizers && finalizers.EnumerateArray().Any(entry => entry.ValueEquals(Finalizer));
            return held ? new() { Commands = [new PatchObject(self.Key, new ReleaseNamespacePatch(), "", By) { Preconditions = new(self.Uid) }] } : Plan.Nothing;
        }
        var commands = new List<ObjectCommand>();
        foreach (var found in contents.ToDelete.Take(MostPerPlan))
        {
            commands.Add(new DeleteObject(found.Key, null, Propagation.Background, By) { Preconditions = new(found.Uid) });
        }
        var status = root.At("status");
        var wanted = new JsonObject { ["phase"] = "Terminating", ["conditions"] = NamespaceConditions.Next(Conditions.Read(status), contents, now).ToJson() };
        if (StatusChange.From(self, status, wanted, By) is { } change) commands.Add(change);
        return new() { Commands = [.. commands], RequeueAfter = LookAgain };
    }

    private JsonObject Bundle(ObjectKey key)
    {
        var bundle = Meta("ConfigMap", key);
        bundle.Metadata()["annotations"] = new JsonObject
        {
            ["kubernetes.io/description"] = "Contains the cluster's CA certificate, by which clients know the API server.",
        };
        bundle["data"] = new JsonObject { ["ca.crt"] = authority() };
        return bundle;
    }

    private static JsonObject Meta(string kind, ObjectKey key) =>
        new() { ["apiVersion"] = "v1", ["kind"] = kind, ["metadata"] = new JsonObject { ["name"] = key.Name, ["namespace"] = key.Namespace } };
}
