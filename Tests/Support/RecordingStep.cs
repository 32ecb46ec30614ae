using System.Collections.Concurrent;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using Shared.Api;

namespace Tests.Support;

/// <summary>An admission step of a test: remembers what it was asked, and answers as it is told.</summary>
internal sealed class RecordingStep : IAdmissionStep
{
    private readonly ConcurrentQueue<Visit> _visits = new();

    /// <summary>One question: what was to be done, to what, by whom.</summary>
    public sealed record Visit(WriteOperation Operation, string Subresource, ObjectKey Key, string User, string Verb);

    public string Name => nameof(RecordingStep);

    public AdmissionPhase Phase { get; init; } = AdmissionPhase.Mutating;

    /// <summary>Which writes it wants to see.</summary>
    public Func<PendingWrite, bool> Wants { get; set; } = _ => true;

    /// <summary>What it answers, and does to the write.</summary>
    public Func<PendingWrite, CancellationToken, ValueTask<AdmissionOutcome>> Answer { get; set; } = (_, _) => default;

    /// <summary>What it was asked, in order.</summary>
    public IReadOnlyCollection<Visit> Visits => _visits;

    public bool AppliesTo(PendingWrite write) => Wants(write);

    public ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop)
    {
        _visits.Enqueue(new(write.Operation, write.Subresource, write.Command.Key, write.Command.By.User, write.Verb));
        return Answer(write, stop);
    }

    /// <summary>Something taken hold of, which tells how it ended.</summary>
    public sealed class Reservation : IReservation
    {
        private readonly TaskCompletionSource<string> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _told;

        /// <summary>"stored", "deleted" or "refused".</summary>
        public Task<string> End => _end.Task;

        /// <summary>How often it was told.</summary>
        public int Told => _told;

        public ValueTask Stored(StoredObject stored, bool deleted) => Tell(deleted ? "deleted" : "stored");

        public ValueTask Refused() => Tell("refused");

        private ValueTask Tell(string end)
        {
            Interlocked.Increment(ref _told);
            _end.TrySetResult(end);
            return default;
        }
    }
}
