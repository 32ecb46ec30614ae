namespace ControlPlane.Scheduling.Predicates;

/// <summary>A set of predicates, by their places in their chain.</summary>
public readonly record struct PredicateSet(int Bits)
{
    public bool IsEmpty => Bits == 0;

    public bool Has(int predicate) => (Bits & (1 << predicate)) != 0;

    public PredicateSet With(int predicate) => new(Bits | (1 << predicate));

    public PredicateSet With(PredicateSet others) => new(Bits | others.Bits);

    public PredicateSet And(PredicateSet others) => new(Bits & others.Bits);
}
