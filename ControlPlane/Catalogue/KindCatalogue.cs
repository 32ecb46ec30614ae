using System.Collections.Immutable;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Catalogue;

/// <summary>
/// The kinds of this process: the newest <see cref="CatalogueSnapshot"/>, which definitions that come, change or go replace as a whole. Whoever
/// holds a snapshot keeps it to the end of what they do. One per process; thread-safe.
/// </summary>
public sealed class KindCatalogue(CatalogueSnapshot first) : IKinds
{
    private CatalogueSnapshot _current = first;

    /// <summary>The newest snapshot.</summary>
    public CatalogueSnapshot Current => Volatile.Read(ref _current);

    /// <inheritdoc/>
    public ImmutableArray<KindDefinition> All => Current.All;

    /// <inheritdoc/>
    public KindDefinition? FindStored(GroupResource resource) => Current.FindStored(resource);

    /// <inheritdoc/>
    public KindDefinition? FindKind(string group, string version, string kind) => Current.FindKind(group, version, kind);

    /// <summary>
    /// Replaces the snapshot by what <paramref name="change"/> makes of the newest one; it may be called again if another change came between.
    /// </summary>
    /// <returns>The snapshot that is the newest now.</returns>
    public CatalogueSnapshot Replace(Func<CatalogueSnapshot, CatalogueSnapshot> change)
    {
        while (true)
        {
            var before = Current;
            var after = change(before);
            if (ReferenceEquals(Interlocked.CompareExchange(ref _current, after, before), before)) return after;
        }
    }
}
