using System.Data.Common;
using Akka.Actor;
using ControlPlane.Journal;
using ControlPlane.Membership;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Entities;

/// <summary>
/// Sends commands to objects and waits for the answer and for the local feed to have passed it, so that who writes reads its own writes. The one place that asks.
/// A command whose answer is lost, or that another writer was faster than, is sent again, by whatever way there is: its number makes the repeat find
/// what the first one did.
/// </summary>
/// <param name="services">The objects.</param>
/// <param name="members">Who hosts them, and who does not answer.</param>
/// <param name="journal">Tells how far others have written.</param>
public sealed class ObjectClient(ObjectServices services, MemberBook members, JournalReader journal)
{
    /// <summary>How long a command is tried in all, where no steps of others are waited for.</summary>
    private static readonly TimeSpan OwnPatience = TimeSpan.FromSeconds(10);

    // A member that was heard of just now and does not answer is slow, or has just died.
    private static readonly TimeSpan OtherMember = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ShardOnItsWay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WhileSomebodyIsSilent = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan OnTheMove = TimeSpan.FromMilliseconds(200);
    private static readonly Requester By = Requester.Controller("command-withdrawal");
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// The answer. A rejection whose fate is not known carries 504; one that was not decided in time 503. A refusal is of a state that the object had while
    /// the command was under way, whatever other members have written; and what was refused is not carried out later, whatever copies of it are on their way.
    /// </summary>
    public async Task<ObjectResult> Send(ObjectCommand command)
    {
        var attempt = new Attempts(services.Time.GetTimestamp(), services.Admission.More());
        var sent = command with { Id = command.DryRun ? 0 : Random.Shared.NextInt64(1, long.MaxValue), Since = services.Cache.Revision };
        var result = await Try(sent, attempt);
        if (!command.DryRun && !members.HostsAll && ChangedNothing(result) && !HasFailed(result))
        {
            // Who decided may not have known what another member wrote.
            try
            {
                sent = sent with { AtRevision = await journal.HeadRevision() };
            }
            catch (Exception fault) when (fault is DbException or TimeoutException)
            {
                return new ObjectRejected(command.Key, ApiStatus.ServiceUnavailable("the journal cannot be asked whether this is the latest state"));
            }
            result = await Try(sent, attempt);
        }
        if (!command.DryRun && attempt.HasCopies && ChangedNothing(result)) result = await Withdraw(sent, attempt) ?? result;
        if (result is ObjectAccepted { Object: var stored } && !command.DryRun) await services.Cache.WaitFor(stored.Revision);
        return result;
    }

    private static bool ChangedNothing(ObjectResult result) => result is ObjectAccepted { Unchanged: true } or ObjectRejected { Fate: WriteFate.Refused };

    // What failed says nothing about the state of the object.
    private static bool HasFailed(ObjectResult result) => result is ObjectRejected { Status.Code: >= 500 };

    /// <summary>Null: nothing was done, and won't be.</summary>
    private async Task<ObjectResult?> Withdraw(ObjectCommand command, Attempts attempts) =>
        await Try(new WithdrawCommand(command.Key, By) { Id = command.Id, Since = command.Since }, attempts) is var result && result is CommandWithdrawn
            ? null
            : result is ObjectAccepted ? result : Unanswered(command, attempts);

    private async Task<ObjectResult> Try(ObjectCommand command, Attempts attempts)
    {
        var (uncertain, asGuest) = (false, false);
        ObjectRejected? last = null;
        for (var attempt = 0; ; attempt++)
        {
            var left = attempts.Patience - services.Time.GetElapsedTime(attempts.Began);
            if (left <= TimeSpan.Zero) return uncertain ? Unanswered(command, attempts) : last ?? Unanswered(command, attempts);

            // One that is alone hosts everything, and need not know which shard this is.
            int? shard = members.HostsAll ? null : ObjectMessageExtractor.ShardOf(command.Key);
            var result = shard is { } elsewhere ? await Ask(command, elsewhere, asGuest, left, attempts.Member) : await Ask(services.Objects, command, left, null);
            attempts.HasCopies |= result is null;
            uncertain |= result is null or ObjectRejected { Fate: WriteFate.Unknown };
            if (result is not null and not ObjectRejected { Fate: not WriteFate.Refused }) return result;
            last = result as ObjectRejected ?? last;

            // The other way next: the object's member may be cut off from the database, or this one be.
            asGuest = !asGuest && shard is { } its && members.PlaceOf(its) is not ShardPlace.Here;
            if (result is not null) await Task.Delay(Pause(attempt), services.Time);
        }
    }

    /// <summary>Null: no answer came.</summary>
    private async Task<ObjectResult?> Ask(ObjectCommand command, int shard, bool asGuest, TimeSpan left, TimeSpan member)
    {
        var place = members.PlaceOf(shard);
        if (asGuest || place is ShardPlace.Silent) return await Ask(services.Guests, command, Least(left, member), null);
        return await Ask(services.Objects, command, Least(left, place is ShardPlace.Unclaimed ? ShardOnItsWay : member), place is ShardPlace.Unclaimed ? null : shard);
    }

    /// <param name="watched">A shard: there is little to wait for any more when its host falls silent, or when it moves.</param>
    private async Task<ObjectResult?> Ask(IActorRef to, ObjectCommand command, TimeSpan patience, int? watched)
    {
        using var enough = new CancellationTokenSource();
        var answer = to.Ask<ObjectResult>(command, patience, enough.Token);
        try
        {
            for (var host = watched is { } at ? members.HostOf(at) : null; watched is { } shard;)
            {
                var changed = members.Changed;
                if (members.PlaceOf(shard) is ShardPlace.Silent && !answer.IsCompleted) return null;

                // A shard that has just moved away from the member that fell silent may still be looked for there.
                TimeSpan? limit = members.HostOf(shard) != host ? OnTheMove : members.AnySilent ? WhileSomebodyIsSilent : null;
                var first = await Task.WhenAny(answer, limit is { } time ? Task.Delay(time, services.Time, enough.Token) : changed);
                if (first == answer) break;
                if (first != changed && !answer.IsCompleted) return null;
            }
            return await answer;
        }
        catch (Exception late) when (late is AskTimeoutException or TaskCanceledException)
        {
            return null;
        }
        finally
        {
            // What still waits for time to pass has nothing to wait for.
            await enough.CancelAsync();
        }
    }

    private static ObjectRejected Unanswered(ObjectCommand command, Attempts attempts) =>
        new(command.Key, ApiStatus.Timeout($"{command.Key.GroupResource} \"{command.Key.Name}\" did not answer within {attempts.Patience.TotalSeconds:0} s; the write may have been made")) { Fate = WriteFate.Unknown };

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Pause(int attempt) => Least(LongestPause, TimeSpan.FromMilliseconds(10 << Math.Min(attempt, 5)));

    /// <summary>How a command was tried so far.</summary>
    /// <param name="more">What others who are asked about the write may take: a command they think about is under way, and is not to be tried by another way meanwhile.</param>
    private sealed class Attempts(long began, TimeSpan more)
    {
        public long Began => began;

        // Twice, since what did not know of others' writes may be asked for again.
        public TimeSpan Patience => OwnPatience + (2 * more);
        public TimeSpan Member => OtherMember + more;

        /// <summary>Some attempt had no answer: what it sent may still arrive.</summary>
        public bool HasCopies { get; set; }
    }
}
