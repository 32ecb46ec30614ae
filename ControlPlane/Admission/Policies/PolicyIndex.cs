using System.Collections.Immutable;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Admission.Policies;

/// <summary>A policy and what binds it, in the order of their names.</summary>
internal sealed record BoundPolicy<TPolicy>(TPolicy Policy, ImmutableArray<PolicyBinding> Bindings) where TPolicy : IPolicy;

/// <summary>
/// The policies of one kind that are bound, read and compiled when a policy or a binding has changed and at no other time: to find out that nothing has costs two look-ups. A policy that stayed as it
/// was is not compiled again. Thread-safe.
/// </summary>
/// <param name="view">The local watch cache.</param>
/// <param name="policies">Where the policies are.</param>
/// <param name="bindings">Where their bindings are.</param>
/// <param name="read">Makes a policy ready.</param>
internal sealed class PolicyIndex<TPolicy>(IObjectView view, GroupResource policies, GroupResource bindings, Func<StoredObject, TPolicy> read) where TPolicy : IPolicy
{
    private readonly Lock _gate = new();
    private readonly Dictionary<StoredObject, TPolicy> _read = [];
    private Known _known = new(ImmutableSortedSet<StoredObject>.Empty, ImmutableSortedSet<StoredObject>.Empty, []);

    /// <summary>As they are now, by their names.</summary>
    public ImmutableArray<BoundPolicy<TPolicy>> Current
    {
        get
        {
            var known = Volatile.Read(ref _known);
            return known.IsOf(view.List(policies).Objects, view.List(bindings).Objects) ? known.All : Renew();
        }
    }

    private ImmutableArray<BoundPolicy<TPolicy>> Renew()
    {
        lock (_gate)
        {
            var (all, binds) = (view.List(policies).Objects, view.List(bindings).Objects);
            if (_known.IsOf(all, binds)) return _known.All;
            var bound = binds.Select(PolicyBinding.Read).ToLookup(binding => binding.Policy);
            StoredObject[] used = [.. all.Where(policy => bound.Contains(policy.Key.Name))];
            foreach (var gone in _read.Keys.Except(used).ToArray()) _read.Remove(gone);
            Volatile.Write(ref _known, new(all, binds, [.. used.Select(policy => new BoundPolicy<TPolicy>(Read(policy), [.. bound[policy.Key.Name]]))]));
            return _known.All;
        }
    }

    private TPolicy Read(StoredObject policy) => _read.TryGetValue(policy, out var known) ? known : _read[policy] = read(policy);

    private sealed record Known(ImmutableSortedSet<StoredObject> Policies, ImmutableSortedSet<StoredObject> Bindings, ImmutableArray<BoundPolicy<TPolicy>> All)
    {
        public bool IsOf(ImmutableSortedSet<StoredObject> policies, ImmutableSortedSet<StoredObject> bindings) => ReferenceEquals(Policies, policies) && ReferenceEquals(Bindings, bindings);
    }
}

/// <summary>The policies that there are.</summary>
internal static class PolicyIndex
{
    private const string Group = "admissionregistration.k8s.io";

    /// <summary>ValidatingAdmissionPolicies.</summary>
    public static PolicyIndex<ValidatingPolicy> Validating(IObjectView view) => new(view, new(Group, "validatingadmissionpolicies"), new(Group, "validatingadmissionpolicybindings"), ValidatingPolicy.Read);

    /// <summary>MutatingAdmissionPolicies.</summary>
    public static PolicyIndex<MutatingPolicy> Mutating(IObjectView view) => new(view, new(Group, "mutatingadmissionpolicies"), new(Group, "mutatingadmissionpolicybindings"), MutatingPolicy.Read);
}
