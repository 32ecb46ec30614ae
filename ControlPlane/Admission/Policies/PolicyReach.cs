using System.Collections.Immutable;
using ControlPlane.Access;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Objects;

namespace ControlPlane.Admission.Policies;

/// <summary>Which policies a write is for, with which parameters, and what they see of it: what validating and mutating ones have in common. Pure but for the view it reads.</summary>
/// <param name="kinds">The kinds there are.</param>
/// <param name="view">The local watch cache.</param>
/// <param name="authorizer">Answers what policies ask of users.</param>
internal sealed class PolicyReach(IKinds kinds, IObjectView view, IAuthorizer authorizer)
{
    private readonly WebhookSelection _selection = new(kinds, view);
    private readonly PolicyParams _params = new(kinds, view);

    /// <summary>The versions of a write's kind, the one it was made by first.</summary>
    public ImmutableArray<KindDefinition> Versions(PendingWrite write) => _selection.Versions(write);

    /// <summary>Whether a write may be for any of some policies. Costs next to nothing where there are none.</summary>
    public bool Concerns<TPolicy>(ImmutableArray<BoundPolicy<TPolicy>> all, PendingWrite write) where TPolicy : IPolicy
    {
        if (all.IsEmpty) return false;
        var versions = _selection.Versions(write);
        foreach (var bound in all)
        {
            if (bound.Policy.Terms.Match.Meant(write, versions) is not null) return true;
        }
        return false;
    }

    /// <summary>The version of a write's kind that a policy or a binding means; null if it does not mean the write.</summary>
    public KindDefinition? Meant(PolicyMatch match, PendingWrite write, ImmutableArray<KindDefinition> versions) =>
        match.Meant(write, versions) is { } meant && _selection.IsSelected(match.Namespaces, match.Objects, write) ? meant : null;

    /// <summary>The parameters of a policy for a write.</summary>
    public ValueTask<FoundParams> Params(PolicyTerms policy, PolicyBinding binding, PendingWrite write)
    {
        // A Namespace's own parameters are in itself, as in Kubernetes.
        var place = write.Kind is { Group: "", Plural: "namespaces" } ? write.Command.Key.Name : write.Command.Key.Namespace;
        return _params.Of(policy.ParamKind, binding.Params, place);
    }

    /// <summary>What policies see of a write as it is shown to them.</summary>
    public PolicyInput Input(WebhookQuestion question, PendingWrite write)
    {
        var place = write.Kind is { Group: "", Plural: "namespaces" } ? "" : write.Command.Key.Namespace;
        return new(question, place.Length > 0 ? view.Get(new("", "namespaces", "", place)) : null, authorizer);
    }
}
