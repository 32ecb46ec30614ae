using Akka.Actor;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using Shared.Api;

namespace ControlPlane.Entities;

/// <summary>
/// One write on its way through the steps: asks them in their order, validates between the two phases, and concludes. Runs in the object's actor, as far as
/// steps answer at once; then the actor waits for one and lets it run on.
/// </summary>
/// <param name="chain">The steps.</param>
/// <param name="command">What was asked for.</param>
/// <param name="asker">Who is to be answered.</param>
/// <param name="time">By which patience is counted.</param>
/// <param name="sequenceNr">The number of the object's last event.</param>
internal sealed class WriteAdmission(AdmissionChain chain, ObjectCommand command, IActorRef asker, TimeProvider time, long sequenceNr = 0)
{
    private PendingWrite? _write;
    private Task<Proposal>? _proposed;
    private List<IReservation>? _reservations;
    private CancellationTokenSource? _stop;
    private Task<AdmissionOutcome>? _asked;
    private long? _began;
    private TimeSpan? _patience;
    private int _next;
    private bool _checked;

    public ObjectCommand Command => command;
    public IActorRef Asker => asker;

    /// <summary>What is waited for, in words for whoever reads a log or a refusal.</summary>
    public string WaitsFor => _asked is null ? "conversion" : $"admission step {Step.Name}";

    /// <summary>What became of the write, once nothing has to be waited for any more.</summary>
    public Decision Decision { get; private set; }

    private IAdmissionStep Step => chain.Steps[_next];

    /// <summary>
    /// Takes the computed write as far as steps answer at once. The task is what has to be waited for before <see cref="Resume"/>; it fails when patience is
    /// at its end. Null when there is a decision.
    /// </summary>
    public Task? Start(ValueTask<Proposal> proposal)
    {
        if (proposal.IsCompletedSuccessfully) return Take(proposal.Result);
        _proposed = proposal.AsTask();
        return Wait(_proposed);
    }

    /// <summary>Goes on after what was waited for has come.</summary>
    public Task? Resume()
    {
        if (_proposed is { Result: var proposal })
        {
            _proposed = null;
            return Take(proposal);
        }
        var outcome = _asked!.Result;
        _asked = null;
        return Take(outcome) ? Run(_write!) : null;
    }

    private Task? Take(Proposal proposal)
    {
        if (proposal.Write is null) return End(proposal.Decided);
        _write = proposal.Write;
        _write.SequenceNr = sequenceNr;
        return Run(_write);
    }

    private Task? Run(PendingWrite write)
    {
        while (true)
        {
            if (!_checked && (_next == chain.Steps.Length || Step.Phase is AdmissionPhase.Validating))
            {
                _checked = true;
                if (ObjectDecider.Check(write) is { } invalid) return End(invalid);
            }
            if (_next == chain.Steps.Length) return End(ObjectDecider.Conclude(write));
            if (!Step.AppliesTo(write))
            {
                _next++;
                continue;
            }
            _stop ??= new();
            var answer = Step.Admit(write, _stop.Token);
            if (!answer.IsCompletedSuccessfully)
            {
                _asked = answer.AsTask();
                return Wait(_asked);
            }
            if (!Take(answer.Result)) return null;
        }
    }

    private bool Take(AdmissionOutcome outcome)
    {
        if (outcome.Reservation is { } reservation) (_reservations ??= []).Add(reservation);
        _write!.Notes = WriteNotes.Join(_write.Notes, outcome.Notes);
        if (outcome.Rejection is { } rejection)
        {
            End(rejection);
            return false;
        }
        if (outcome.IsChanged) ObjectDecider.Default(_write);
        _next++;
        return true;
    }

    /// <summary>Ends the write: a step that still thinks is told to stop, and what it brings later is given back.</summary>
    public void Abandon(ApiStatus rejection)
    {
        _stop?.Cancel();
        _asked?.ContinueWith(
            static late => late.Result.Reservation?.Refused().AsTask(),
            CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        _asked = null;
        End(rejection);
    }

    /// <summary>Tells the reservations that the write was stored.</summary>
    public ValueTask Stored(StoredObject stored, bool deleted) =>
        _reservations is null ? ValueTask.CompletedTask : Settle(reservation => reservation.Stored(stored, deleted));

    /// <summary>Tells the reservations that nothing was stored.</summary>
    public ValueTask NotStored() => _reservations is null ? ValueTask.CompletedTask : Settle(reservation => reservation.Refused());

    private async ValueTask Settle(Func<IReservation, ValueTask> how)
    {
        foreach (var reservation in _reservations!) await how(reservation);
    }

    private Task Wait(Task answer)
    {
        _patience ??= chain.Patience + chain.More();
        _began ??= time.GetTimestamp();
        var left = _patience.Value - time.GetElapsedTime(_began.Value);
        return answer.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
    }

    private Task? End(Decision decision)
    {
        Decision = decision.Rejection is null ? decision : decision with { Notes = _write?.Notes };
        return null;
    }
}
