using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Telemetry.Events;

/// <summary>
/// What the process knows of the Events it has written or has yet to write. A first occurrence is due at once, repeats are gathered and due
/// after an interval; of one Event one write at a time is under way. Not thread-safe; the clock is the caller's.
/// </summary>
internal sealed class EventLedger(EventOptions options)
{
    private static readonly Requester By = Requester.Controller("events");
    private readonly SimilarEvents _similar = new(options);
    private readonly Dictionary<ObjectKey, Entry> _entries = [];
    private readonly LinkedList<Entry> _byUse = new();
    private readonly Queue<Entry> _due = new();
    private readonly PriorityQueue<Entry, DateTimeOffset> _later = new();

    /// <summary>Writes that are due.</summary>
    public int Due => _due.Count;

    public int Known => _entries.Count;

    public void Add(EventNote note, DateTimeOffset now)
    {
        var countedAs = _similar.CountedAs(note, now);
        var key = EventJson.KeyOf(note, countedAs);
        if (!_entries.TryGetValue(key, out var entry))
        {
            Forget();
            _entries[key] = entry = new(key, note, now);
            entry.Place = _byUse.AddLast(entry);
        }
        else
        {
            _byUse.Remove(entry.Place);
            _byUse.AddLast(entry.Place);
        }
        entry.Message = countedAs == SimilarEvents.Combined ? countedAs + note.Message : note.Message;
        entry.Last = now;
        if (entry.Unwritten++ == 0) entry.First = now;
        Schedule(entry, now);
    }

    /// <summary>The next write that is due, if any. Its outcome must be told.</summary>
    public ObjectCommand? Next(DateTimeOffset now)
    {
        while (_later.TryPeek(out _, out var at) && at <= now) _due.Enqueue(_later.Dequeue());
        if (!_due.TryDequeue(out var entry)) return null;
        entry.Scheduled = false;
        entry.UnderWay = entry.Unwritten;
        entry.WrittenAt = now;
        return entry.Exists
            ? new PatchObject(entry.Key, new EventCountPatch(entry.UnderWay, entry.Last, entry.Message), "", By)
            : new CreateObject(entry.Key, EventJson.Create(entry.Key, entry.Note, entry.Message, entry.UnderWay, entry.First, entry.Last), By);
    }

    /// <summary>Tells what came of the write of an Event: <paramref name="refusal"/> null if it was stored.</summary>
    public void Written(in ObjectKey key, ApiStatus? refusal, DateTimeOffset now)
    {
        if (!_entries.TryGetValue(key, out var entry) || entry.UnderWay == 0) return;
        var counted = entry.UnderWay;
        entry.UnderWay = 0;
        switch (refusal?.Reason)
        {
            case null:
                entry.Exists = true;
                entry.Unwritten -= counted;
                break;
            case "AlreadyExists":
                // From before a restart, or another process's: count on. And at once, as nothing was written.
                entry.Exists = true;
                entry.WrittenAt = default;
                break;
            case "NotFound" when entry.Exists:
                entry.Exists = false;
                entry.WrittenAt = default;
                break;
            case "ServiceUnavailable" or "Timeout" or "TooManyRequests" or "InternalError":
                break;
            default:
                // The namespace is gone, or the Event is not acceptable: there is no one to tell.
                entry.Unwritten = 0;
                break;
        }
        if (entry.Unwritten > 0) Schedule(entry, now);
    }

    private void Schedule(Entry entry, DateTimeOffset now)
    {
        if (entry.Scheduled || entry.UnderWay > 0) return;
        entry.Scheduled = true;
        var at = entry.WrittenAt == default ? now : entry.WrittenAt + options.RepeatInterval;
        if (at <= now) _due.Enqueue(entry);
        else _later.Enqueue(entry, at);
    }

    private void Forget()
    {
        for (var candidate = _byUse.First; candidate is not null && _entries.Count >= options.MaxKnown;)
        {
            var next = candidate.Next;
            if (candidate.Value is { Unwritten: 0, UnderWay: 0, Scheduled: false } idle)
            {
                _entries.Remove(idle.Key);
                _byUse.Remove(candidate);
            }
            candidate = next;
        }
    }

    private sealed class Entry(ObjectKey key, EventNote note, DateTimeOffset now)
    {
        public ObjectKey Key => key;
        public EventNote Note => note;
        public LinkedListNode<Entry> Place { get; set; } = null!;
        public string Message { get; set; } = note.Message;
        public DateTimeOffset First { get; set; } = now;
        public DateTimeOffset Last { get; set; } = now;
        public DateTimeOffset WrittenAt { get; set; }

        /// <summary>Whether there is an Event of this key, as far as is known.</summary>
        public bool Exists { get; set; }
        public bool Scheduled { get; set; }

        /// <summary>Occurrences that no confirmed write has counted.</summary>
        public int Unwritten { get; set; }

        /// <summary>Those of them that a write under way counts.</summary>
        public int UnderWay { get; set; }
    }
}
