using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using ControlPlane.Journal;

namespace ControlPlane.Encryption;

/// <summary>
/// Carries a rotation of the keys of secrets through: has every member learn a new key, lets it encrypt once all hold it, and encrypts anew, a few events at a time, what is under
/// older ones. Where it stands is in the database, so whichever member this runs on next goes on from there. Runs once in the cluster.
/// </summary>
public sealed class KeyRotationActor : ReceiveActor, IWithTimers
{
    /// <summary>The name of the singleton's manager under <c>/user</c>.</summary>
    public const string Name = "key-rotation";

    /// <summary>Events that are looked at in one piece: with <see cref="Pause"/> 320 a second at most, of some KiB each.</summary>
    private const int Piece = 32;

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Ask = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Hopeless = TimeSpan.FromMinutes(1);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly RevisionStore _store = JournalReader.Get(Context.System).Store;
    private readonly KeyRing _ring = KeyRing.Get(Context.System);
    private readonly Dictionary<Address, KeysLearned> _heard = [];
    private bool _busy;
    private bool _failing;
    private long _at;
    private long _until;
    private long _renewed;

    public KeyRotationActor()
    {
        Receive<LookAtKeys>(_ => Look());
        Receive<KeysLearned>(learned =>
        {
            _heard[Sender.Path.Address.Host is null ? _cluster.SelfAddress : Sender.Path.Address] = learned;
            Soon(TimeSpan.Zero);
        });
        Receive<KeyTable>(Decide);
        Receive<Promoted>(promoted =>
        {
            _log.Info("Key {0} encrypts secrets from now on; what was encrypted with older ones is encrypted anew.", promoted.Table.Writing?.Id);
            _heard.Clear();
            Done(TimeSpan.Zero);
        });
        Receive<PieceDone>(Renewed);
        Receive<Counted>(Finish);
        Receive<Status.Failure>(Fail);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props() => Akka.Actor.Props.Create(() => new KeyRotationActor());

    /// <inheritdoc/>
    protected override void PreStart() => Soon(TimeSpan.Zero);

    private void Look()
    {
        if (_busy) return;
        _busy = true;
        _store.ReadKeys().PipeTo(Self);
    }

    private void Decide(KeyTable table)
    {
        Address[] members = [.. _cluster.State.Members.Where(member => member.Status is MemberStatus.Up or MemberStatus.Leaving).Select(member => member.Address)];
        foreach (var gone in _heard.Keys.Except(members).ToArray()) _heard.Remove(gone);
        switch (RotationStep.Next(table, members, _heard))
        {
            case RotationWork.Teach:
                foreach (var member in members) Context.ActorSelection(new RootActorPath(member) / "user" / KeyHolderActor.Name).Tell(LearnKeys.Instance);
                Done(Ask);
                break;
            case RotationWork.Promote:
                Promote(table.Known!.Id).PipeTo(Self);
                break;
            case RotationWork.Renew when table.Retired.Any(key => key.Left is null):
                Count(first: true).PipeTo(Self);
                break;
            case RotationWork.Renew:
                Renew(_at, _until).PipeTo(Self);
                break;
            default:
                Done(Idle);
                break;
        }
    }

    private async Task<Promoted> Promote(int id) => new(await _store.StepKeys(table => table.Promoted(id)));

    // A round ends where the table ended when it began: writers, who use the new key by now, may be faster than it.
    private async Task<PieceDone> Renew(long at, long until)
    {
        if (at == 0) until = (await _store.ReadCounters(0)).Head;
        var (to, renewed, _) = await _store.RenewPiece(_ring, at, until, Piece);
        return new(to, renewed, until);
    }

    private async Task<Counted> Count(bool first) => new(await _store.NoteLeft(await _store.CountByKey()), first);

    private void Renewed(PieceDone piece)
    {
        (_at, _until, _renewed, _failing) = (piece.To, piece.Until, _renewed + piece.Renewed, false);
        if (piece.To > 0)
        {
            Timers.StartSingleTimer(nameof(Renew), LookAtKeys.Instance, Pause);
            _busy = false;
            return;
        }

        // Once round: what is counted now is what came meanwhile, from writers that did not know better, or what can't be read.
        Count(first: false).PipeTo(Self);
    }

    private void Finish(Counted counted)
    {
        var left = counted.Table.Retired.Sum(key => key.Left ?? 0);
        if (counted.First) _log.Info("{0} stored events of Secrets are to be encrypted with key {1}.", left, counted.Table.Writing?.Id);
        else if (left == 0) _log.Info("All Secrets are encrypted with key {0}, {1} events anew; older keys can be dropped.", counted.Table.Writing?.Id, _renewed);
        else _log.Warning("{0} stored events of Secrets still need a retired key.", left);
        // A whole round that helped nothing met what can't be read; it need not be met again at once.
        Done(counted.First || left == 0 ? TimeSpan.Zero : _renewed > 0 ? AfterFailure : Hopeless);
        if (!counted.First) _renewed = 0;
    }

    private void Fail(Status.Failure failure)
    {
        if (!_failing) _log.Warning(failure.Cause, "The rotation of keys waits: the database does not do what it should.");
        _failing = true;
        Done(AfterFailure);
    }

    private void Done(TimeSpan next)
    {
        _busy = false;
        Soon(next);
    }

    private void Soon(TimeSpan next)
    {
        if (next == TimeSpan.Zero) Self.Tell(LookAtKeys.Instance);
        else Timers.StartSingleTimer(LookAtKeys.Instance, LookAtKeys.Instance, next);
    }

    private sealed record Promoted(KeyTable Table);

    private sealed record PieceDone(long To, int Renewed, long Until);

    private sealed record Counted(KeyTable Table, bool First);
}
