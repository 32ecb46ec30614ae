using System.Collections.Immutable;

namespace ControlPlane.Nodes.Orphans;

/// <summary>
/// The nodes that pods or claims name and that do not exist, with the time each was first missed. What is left of a node is removed only after a
/// delay: an agent that lives on has the time to register again, or to notice that it must stop what may not run twice. Times are elapsed time of this process.
/// </summary>
public sealed record MissingNodes(ImmutableDictionary<string, TimeSpan> Since)
{
    public static MissingNodes None { get; } = new(ImmutableDictionary.Create<string, TimeSpan>(StringComparer.Ordinal));

    /// <summary>Looks again: a node that is back, or named by nothing any more, is forgotten.</summary>
    /// <param name="named">Every node that something names; empty names are passed over.</param>
    public MissingNodes Look(IEnumerable<string> named, Func<string, bool> exists, TimeSpan now)
    {
        var missing = ImmutableDictionary.CreateBuilder<string, TimeSpan>(StringComparer.Ordinal);
        foreach (var node in named)
        {
            if (node.Length > 0 && !missing.ContainsKey(node) && !exists(node)) missing[node] = Since.GetValueOrDefault(node, now);
        }
        return new(missing.ToImmutable());
    }

    /// <summary>Whether the node has been missed for as long as the delay.</summary>
    /// <param name="awakeSince">Time before this does not count: the process could hear nobody. See <see cref="Leases.ProcessPulse"/>.</param>
    public bool IsGone(string node, TimeSpan now, TimeSpan awakeSince, TimeSpan delay) =>
        Since.TryGetValue(node, out var since) && now - (since > awakeSince ? since : awakeSince) >= delay;
}
