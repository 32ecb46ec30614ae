using Akka.Actor;
using Akka.Event;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Entities;

/// <summary>
/// An object that is its own controller: runs an <see cref="IReconciler"/> whenever something it depends on has changed, carries the plan
/// out, and does not plan again before every command was answered and the local feed has passed every revision they returned. When it rests it tells the
/// <see cref="IReconcileSchedule"/> when to look again; when it fails, stops or is stopped half way, that it has to be: of itself it remembers nothing.
/// </summary>
public abstract class ReconcilingActor : ObjectActor, IWithTimers
{
    private const int MaxPlansInARow = 100;
    private const int MaxRepeats = 20;
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RepeatAfter = TimeSpan.FromMilliseconds(200);

    private readonly IReconciler _reconciler;
    private readonly Dictionary<ObjectKey, ObjectCommand> _unanswered = [];
    private readonly List<CommandOutcome> _outcomes = [];
    private long _barrier;
    private bool _wanted;
    private bool _unsettled;
    private bool _waitsForFeed;
    private bool _refused;
    private bool _reporting;
    private int _plansInARow;
    private int _repeats;

    protected ReconcilingActor(ObjectKey key, ObjectServices services, IReconciler reconciler)
        : base(key, services)
    {
        _reconciler = reconciler;
        Command<Reconcile>(asked =>
        {
            _barrier = Math.Max(_barrier, asked.AtRevision);
            Want();
        });
        Command<ObjectResult>(Answered);
        Command<FeedReached>(_ =>
        {
            _waitsForFeed = false;
            Advance();
        });
        Command<AnswersOverdue>(_ => SendAgain());
        Command<Status.Failure>(failure =>
        {
            _waitsForFeed = false;
            Log.Warning("{0} could not wait for the feed: {1}", Key, failure.Cause.Message);
            BreakOff();
        });
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override bool MayPassivate => !_unsettled;

    /// <inheritdoc/>
    protected override void PostStop()
    {
        if (_unsettled) BreakOff();
        base.PostStop();
    }

    private void Want()
    {
        (_wanted, _unsettled) = (true, true);
        _plansInARow = 0;
        Advance();
    }

    private void Advance()
    {
        if (!_wanted || _waitsForFeed || _unanswered.Count > 0) return;
        var needed = Math.Max(_barrier, State?.Revision ?? 0);
        if (Services.Cache.Revision < needed)
        {
            _waitsForFeed = true;
            Services.Cache.WaitFor(needed).PipeTo(Self, success: () => FeedReached.Instance);
            return;
        }
        _wanted = false;
        if (State is null || IsBehind)
        {
            // Another control plane may have written the object: who looks again finds an actor that knows it.
            Settle(IsBehind ? TimeSpan.Zero : null);
            Leave();
            return;
        }
        Plan plan;
        try
        {
            plan = _reconciler.Reconcile(State, Services.Cache, Services.Time.GetUtcNow());
        }
        catch (Exception bug) when (bug is not OutOfMemoryException)
        {
            Log.Error(bug, "{0} could not be reconciled", Key);
            BreakOff();
            return;
        }
        foreach (var note in plan.Events) Services.Events.Record(note);
        Send(plan);
    }

    private void Send(Plan plan)
    {
        if (plan.Commands.IsEmpty)
        {
            Settle(plan.RequeueAfter);
            return;
        }
        if (++_plansInARow > MaxPlansInARow)
        {
            // A plan that never comes to rest is a bug of its reconciler; it must not keep the processor busy.
            Log.Warning("{0} has planned {1} times in a row; the last plan began with {2} of {3}", Key, _plansInARow, plan.Commands[0].GetType().Name, plan.Commands[0].Key);
            BreakOff();
            return;
        }
        (_refused, _reporting, _repeats) = (false, false, 0);
        Dispatch(plan.Commands);
    }

    private void Dispatch(IEnumerable<ObjectCommand> commands)
    {
        foreach (var command in commands)
        {
            // Of two commands to one object the second waits for the next plan.
            var sent = command with { Id = Random.Shared.NextInt64(1, long.MaxValue), Since = Services.Cache.Revision };
            if (_unanswered.TryAdd(command.Key, sent)) Forward(sent);
        }
        Timers.StartSingleTimer(AnswersOverdue.Instance, AnswersOverdue.Instance, AnswerTimeout);
    }

    private void Forward(ObjectCommand command)
    {
        if (command.Key == Key) Self.Tell(command, Self);
        else Services.Objects.Tell(command, Self);
    }

    private void SendAgain()
    {
        // A repeat is known by its number, and answered with what the first one did.
        foreach (var command in _unanswered.Values) Forward(command);
        if (_unanswered.Count > 0) Timers.StartSingleTimer(AnswersOverdue.Instance, AnswersOverdue.Instance, AnswerTimeout);
    }

    private void Answered(ObjectResult result)
    {
        if (result is ObjectRejected { Fate: not WriteFate.Refused } && _unanswered.ContainsKey(result.Key) && ++_repeats <= MaxRepeats)
        {
            Timers.StartSingleTimer(AnswersOverdue.Instance, AnswersOverdue.Instance, RepeatAfter);
            return;
        }
        if (!_unanswered.Remove(result.Key, out var command)) return;
        var refusal = (result as ObjectRejected)?.Status;
        if (result is ObjectAccepted accepted) _barrier = Math.Max(_barrier, accepted.Object.Revision);
        else if (refusal is not null && !Harmless(command, refusal))
        {
            _refused = true;
            Log.Info("{0} of {1} for {2} was refused: {3}", command.GetType().Name, result.Key, Key, refusal.Message);
        }
        if (!_reporting) _outcomes.Add(new(command, refusal));
        if (_unanswered.Count == 0) AllAnswered();
    }

    private void AllAnswered()
    {
        Timers.Cancel(AnswersOverdue.Instance);
        if (!_reporting && State is not null && _reconciler is IOutcomeReporter reporter)
        {
            var report = reporter.Report(State, [.. _outcomes], Services.Time.GetUtcNow());
            foreach (var note in report.Events) Services.Events.Record(note);
            _reporting = true;
            if (!report.Commands.IsEmpty)
            {
                _outcomes.Clear();
                Dispatch(report.Commands);
                return;
            }
        }
        _outcomes.Clear();
        if (_refused)
        {
            BreakOff();
            return;
        }
        _wanted = true;
        Advance();
    }

    private static bool Harmless(ObjectCommand command, ApiStatus status) => (command, status.Reason) switch
    {
        (CreateObject, "AlreadyExists") => true,
        (DeleteObject or PatchObject, "NotFound") => true,
        (DeleteObject, "Conflict") => true,
        _ => false,
    };

    private void Settle(TimeSpan? again)
    {
        _unsettled = false;
        Services.Schedule.Settled(Key, again);
    }

    private void BreakOff()
    {
        (_wanted, _unsettled) = (false, false);
        Services.Schedule.Failed(Key);
    }

    private sealed class FeedReached
    {
        public static readonly FeedReached Instance = new();
    }

    private sealed class AnswersOverdue
    {
        public static readonly AnswersOverdue Instance = new();
    }
}
