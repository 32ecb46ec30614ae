using Akka.Actor;
using Shared.Api;

namespace ControlPlane.Objects.Admission;

/// <summary>
/// One write on its way through the steps: asks them in their order, validates between the two phases, and concludes. Runs in the object's actor, as far as
/// steps answer at once; then the actor waits for one and lets it run on.
/// </summary>
/// <param name="chain">The steps.</param>
/// <param name="write">The write, which is this one's alone.</param>
/// <param name="asker">Who is to be answered.</param>
/// <param name="time">By which patience is counted.</param>
internal sealed class WriteAdmission(AdmissionChain chain, PendingWrite write, IActorRef asker, TimeProvider time)
{
    private List<IReservation>? _reservations;
    private CancellationTokenSource? _stop;
    private Task<AdmissionOutcome>? _asked;
    private long? _began;
    private int _next;
    private bool _checked;

    public PendingWrite Write => write;
    public IActorRef Asker => asker;

    /// <summary>The step that has been asked last.</summary>
    public IAdmissionStep Step => chain.Steps[_next];

    /// <summary>What became of the write, once <see cref="Run"/> has returned null.</summary>
    public Decision Decision { get; private set; }

    /// <summary>Goes on until a step has to be waited for: the task is its answer, or fails when patience is at its end. Null when there is a decision.</summary>
    public Task<AdmissionOutcome>? Run()
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
            if (!answer.IsCompletedSuccessfully) return Wait(answer.AsTask());
            if (!Take(answer.Result)) return null;
        }
    }

    /// <summary>Takes the answer of the step that was waited for. False if it refused: then there is a decision.</summary>
    public bool Take(AdmissionOutcome outcome)
    {
        _asked = null;
        if (outcome.Reservation is { } reservation) (_reservations ??= []).Add(reservation);
        if (outcome.Rejection is { } rejection)
        {
            End(rejection);
            return false;
        }
        if (!outcome.Warnings.IsEmpty) write.Warnings = write.Warnings.AddRange(outcome.Warnings);
        if (outcome.IsChanged) ObjectDecider.Default(write);
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

    private Task<AdmissionOutcome> Wait(Task<AdmissionOutcome> answer)
    {
        _asked = answer;
        _began ??= time.GetTimestamp();
        var left = chain.Patience - time.GetElapsedTime(_began.Value);
        return answer.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
    }

    private Task<AdmissionOutcome>? End(Decision decision)
    {
        Decision = decision;
        return null;
    }
}
