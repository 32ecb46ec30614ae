using System.Collections.Immutable;
using Shared.Api;

namespace ControlPlane.Objects;

/// <summary>
/// The kinds there are, as the newest definitions have them: two questions in a row may see different ones. Who needs them to agree takes a
/// snapshot first. Thread-safe.
/// </summary>
public interface IKinds
{
    /// <summary>Every version of every kind that requests may name.</summary>
    ImmutableArray<KindDefinition> All { get; }

    /// <summary>The version the objects of a resource are stored in; null for a resource that stores none of its own.</summary>
    KindDefinition? FindStored(GroupResource resource);

    /// <summary>The kind of an object's own apiVersion and kind; null if there is none.</summary>
    KindDefinition? FindKind(string group, string version, string kind);
}
