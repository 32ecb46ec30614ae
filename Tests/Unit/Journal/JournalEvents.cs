using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;
using Tests.Support;

namespace Tests.Unit.Journal;

/// <summary>Committed events without a journal.</summary>
internal static class JournalEvents
{
    public static CommittedEvent At(long revision, ObjectKey key, bool deleted = false, string data = "", byte[]? json = null)
    {
        var stored = new ObjectStored(key, json ?? JournalSystem.Json(key.Name, data), deleted, new("tester", "update", "tests", default));
        stored.Committed(revision);
        return new(key.PersistenceId, revision, 0, stored);
    }

    public static CommittedBatch Batch(params CommittedEvent[] events) => new(events[0].Revision, events[^1].Revision, events);
}
