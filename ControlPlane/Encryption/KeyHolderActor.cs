using Akka.Actor;
using Akka.Event;
using ControlPlane.Journal;

namespace ControlPlane.Encryption;

/// <summary>Reads the keys of secrets from the database when it is asked to, and tells what this member holds then. One in every control plane.</summary>
public sealed class KeyHolderActor : ReceiveActor
{
    /// <summary>The actor's name under <c>/user</c>, the same in every control plane.</summary>
    public const string Name = "keys";

    private readonly ILoggingAdapter _log = Context.GetLogger();

    public KeyHolderActor()
    {
        var (reader, ring) = (JournalReader.Get(Context.System), KeyRing.Get(Context.System));
        Receive<LearnKeys>(_ =>
        {
            var asker = Sender;
            Read(reader.Store, ring).PipeTo(Self, success: learned => new Answer(asker, learned));
        });
        Receive<Answer>(answer => answer.Asker.Tell(answer.Learned, Self));
        Receive<Status.Failure>(failure => _log.Warning(failure.Cause, "The keys of secrets can't be read yet."));
    }

    public static Props Props() => Akka.Actor.Props.Create(() => new KeyHolderActor());

    private static async Task<KeysLearned> Read(RevisionStore store, KeyRing ring)
    {
        var table = await store.ReadKeys();
        return new(table.Keys.Select(key => key.Id).Where(ring.Holds).DefaultIfEmpty().Max(), ring.Current, table.DroppedCount);
    }

    private sealed record Answer(IActorRef Asker, KeysLearned Learned);
}
