using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Gateway;

/// <summary>Where a limited list goes on: the snapshot it began with and the last object given.</summary>
public sealed record ContinueToken(long Revision, string Namespace, string Name)
{
    /// <summary>The opaque text clients hand back.</summary>
    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new[] { Revision.ToString(), Namespace, Name })));

    /// <summary>Null if the text is none of ours.</summary>
    public static ContinueToken? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(Base64Url.DecodeFromChars(text)) is [var revision, var ns, var name] && long.TryParse(revision, out var at)
                ? new(at, ns, name)
                : null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }
}

/// <summary>
/// The snapshots that limited lists are being read from, so that all pages of a list show one revision. Holds the most recent
/// <see cref="Capacity"/>; a list whose snapshot was dropped gets 410 and starts again.
/// </summary>
public sealed class ListPages
{
    /// <summary>Snapshots share their objects with the cache; what one holds alone is what changed since.</summary>
    public const int Capacity = 64;

    private readonly Lock _gate = new();
    private readonly LinkedList<((GroupResource, long) Id, ResourceSnapshot Snapshot)> _recent = [];

    /// <summary>Keeps a snapshot for the pages to come.</summary>
    public void Keep(GroupResource resource, ResourceSnapshot snapshot)
    {
        lock (_gate)
        {
            foreach (var kept in _recent)
            {
                if (kept.Id == (resource, snapshot.Revision)) return;
            }
            _recent.AddFirst(((resource, snapshot.Revision), snapshot));
            if (_recent.Count > Capacity) _recent.RemoveLast();
        }
    }

    /// <summary>The snapshot of a page, or null if it is no longer held.</summary>
    public ResourceSnapshot? Find(GroupResource resource, long revision)
    {
        lock (_gate)
        {
            foreach (var kept in _recent)
            {
                if (kept.Id == (resource, revision)) return kept.Snapshot;
            }
            return null;
        }
    }
}
