using System.Collections.Immutable;

namespace ControlPlane.Nodes;

/// <summary>
/// The nodes that pods or claims name and that do not exist, with the time each was first missed. What is left of a node is removed only after a
/// delay: an agent that lives on has the time to register again, or to notice that it must stop what may not run twice.
/// </summary>
public sealed record MissingNodes(ImmutableDictionary<string, DateTimeOffset> Since)
{
    public static MissingNodes None { get; } = new(ImmutableDictionary.Create<string, DateTimeOffset>(StringComparer.Ordinal));

    /// <summary>Looks again: a node that is back, or named by nothing any more, is forgotten.</summary>
    /// <param name="named">Every node that something names; empty names are passed over.</param>
    public MissingNodes Look(IEnumerable<string> named, Func<string, bool> exists, DateTimeOffset now)
    {
        var missing = ImmutableDictionary.CreateBuilder<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var node in named)
        {
            if (node.Length > 0 && !missing.ContainsKey(node) && !exists(node)) missing[node] = Since.GetValueOrDefault(node, now);
        }
        return new(missing.ToImmutable());
    }

    /// <summary>Whether the node has been missed for as long as the delay.</summary>
    public bool IsGone(string node, DateTimeOffset now, TimeSpan delay) => Since.TryGetValue(node, out var since) && now - since >= delay;
}
