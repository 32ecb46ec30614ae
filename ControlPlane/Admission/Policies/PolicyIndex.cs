using System.Collections.Immutable;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Admission.Policies;

/// <summary>A policy and what binds it, in the order of their names.</summary>
internal sealed record BoundPolicy(ValidatingPolicy Policy, ImmutableArray<PolicyBinding> Bindings);

/// <summary>
/// The policies that are bound, read and compiled when a policy or a binding has changed and at no other time: to find out that nothing has costs two look-ups. A policy that stayed as it was is not
/// compiled again. Thread-safe.
/// </summary>
/// <param name="view">The local watch cache.</param>
public sealed class PolicyIndex(IObjectView view)
{
    internal static readonly GroupResource Policies = new("admissionregistration.k8s.io", "validatingadmissionpolicies");
    internal static readonly GroupResource Bindings = new("admissionregistration.k8s.io", "validatingadmissionpolicybindings");
    private readonly Lock _gate = new();
    private readonly Dictionary<StoredObject, ValidatingPolicy> _read = [];
    private Known _known = new(ImmutableSortedSet<StoredObject>.Empty, ImmutableSortedSet<StoredObject>.Empty, []);

    /// <summary>As they are now, by their names.</summary>
    internal ImmutableArray<BoundPolicy> Current
    {
        get
        {
            var known = Volatile.Read(ref _known);
            return known.IsOf(view.List(Policies).Objects, view.List(Bindings).Objects) ? known.All : Renew();
        }
    }

    private ImmutableArray<BoundPolicy> Renew()
    {
        lock (_gate)
        {
            var (policies, bindings) = (view.List(Policies).Objects, view.List(Bindings).Objects);
            if (_known.IsOf(policies, bindings)) return _known.All;
            var bound = bindings.Select(PolicyBinding.Read).ToLookup(binding => binding.Policy);
            StoredObject[] used = [.. policies.Where(policy => bound.Contains(policy.Key.Name))];
            foreach (var gone in _read.Keys.Except(used).ToArray()) _read.Remove(gone);
            Volatile.Write(ref _known, new(policies, bindings, [.. used.Select(policy => new BoundPolicy(Read(policy), [.. bound[policy.Key.Name]]))]));
            return _known.All;
        }
    }

    private ValidatingPolicy Read(StoredObject policy) => _read.TryGetValue(policy, out var known) ? known : _read[policy] = ValidatingPolicy.Read(policy);

    private sealed record Known(ImmutableSortedSet<StoredObject> Policies, ImmutableSortedSet<StoredObject> Bindings, ImmutableArray<BoundPolicy> All)
    {
        public bool IsOf(ImmutableSortedSet<StoredObject> policies, ImmutableSortedSet<StoredObject> bindings) => ReferenceEquals(Policies, policies) && ReferenceEquals(Bindings, bindings);
    }
}
