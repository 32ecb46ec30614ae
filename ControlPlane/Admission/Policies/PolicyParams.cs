using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Admission.Policies;

/// <summary>The parameters of a policy for one write, or why there are none, in Kubernetes' words.</summary>
/// <param name="All">Each is evaluated; a null one where the policy has none.</param>
/// <param name="OfPolicy">Whether the fault is one of the policy, and not of its binding.</param>
internal readonly record struct FoundParams(ImmutableArray<JsonObject?> All, string? Fault = null, bool OfPolicy = false);

/// <summary>Finds parameters among the objects of any kind, custom ones too.</summary>
/// <param name="kinds">The kinds there are.</param>
/// <param name="view">The local watch cache.</param>
internal sealed class PolicyParams(IKinds kinds, IObjectView view)
{
    private static readonly FoundParams None = new([null]);

    /// <summary>Those of a binding for a write.</summary>
    /// <param name="wanted">The policy's kind of parameters; null for none.</param>
    /// <param name="reference">The binding's; null for none.</param>
    /// <param name="place">The namespace of what is written; empty for the cluster.</param>
    public async ValueTask<FoundParams> Of(ParamKind? wanted, ParamRef? reference, string place)
    {
        if (wanted is null) return None;
        if (kinds.FindKind(wanted.Group, wanted.Version, wanted.Kind) is not { Stored: true } kind) return new([], $"failed to find resource referenced by paramKind: '{wanted}'", OfPolicy: true);
        if (reference is null) return None;
        if (!kind.Namespaced && reference.Namespace.Length > 0) return new([], "paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
        var at = !kind.Namespaced ? "" : reference.Namespace.Length > 0 ? reference.Namespace : place;
        if (kind.Namespaced && at.Length == 0) return new([], "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
        var found = Find(kind.Storage, reference, at);
        if (found.IsEmpty && reference.DeniesNone) return new([], "no params found for policy binding with `Deny` parameterNotFoundAction");
        var shown = ImmutableArray.CreateBuilder<JsonObject?>(found.Length);
        foreach (var stored in found) shown.Add(await Shown(stored, kind));
        return new(shown.MoveToImmutable());
    }

    private ImmutableArray<StoredObject> Find(GroupResource resource, ParamRef reference, string at)
    {
        if (reference.Name.Length > 0) return view.Get(new(resource.Group, resource.Resource, at, reference.Name)) is { } one ? [one] : [];
        return [.. view.List(resource, at).Where(stored => reference.Selector?.Matches(stored.Header.Labels) != false)];
    }

    // Read once for each of its versions, and by many at a time: nobody changes it.
    private static async ValueTask<JsonObject> Shown(StoredObject stored, KindDefinition kind)
    {
        if (kind.Conversion is null) return stored.Project(static one => new SharedTree(one.ToJsonObject())).Tree;
        var tree = (await kind.FromStorage([stored.ToJsonObject()]))[0];
        (tree["apiVersion"], tree["kind"]) = (kind.GroupVersion, kind.Kind);
        return tree;
    }
}

/// <summary>The tree of a stored object for those who only read it.</summary>
internal sealed record SharedTree(JsonObject Tree);
