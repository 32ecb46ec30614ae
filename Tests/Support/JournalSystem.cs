using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;

namespace Tests.Support;

/// <summary>An actor system with the product's journal and actors that persist to it.</summary>
internal sealed class JournalSystem : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private JournalSystem(ActorSystem system) => System = system;

    public ActorSystem System { get; }

    public WatchCache Cache => WatchCache.Get(System);

    public JournalReader Reader => JournalReader.Get(System);

    /// <summary>Starts a system whose journal is loaded.</summary>
    /// <param name="more">HOCON that goes before the journal's own.</param>
    /// <param name="follow">Whether it follows what others write to the same database, as soon as it can.</param>
    public static async Task<JournalSystem> Start(JournalOptions options, string more = "", bool follow = false)
    {
        if (follow) (options, more) = (options with { Poll = TimeSpan.FromMilliseconds(20) }, more + "\nakka.persistence.journal.sql.shared = on");
        var config = ConfigurationFactory.ParseString(more + "\n" + ActorTest.PatienceConfig + "\nakka.loglevel = WARNING\nakka.stdout-loglevel = ERROR");
        var system = ActorSystem.Create("journal", config.WithFallback(JournalConfiguration.Build(options)));
        await JournalConfiguration.Load(system, Patience);
        if (follow) JournalConfiguration.Start(system, TimeProvider.System);
        return new(system);
    }

    /// <summary>Writes to one object through a new actor; the answer is <see cref="Written"/> or <see cref="Failed"/>.</summary>
    public Task<object> Put(ObjectKey key, string data, bool deleted = false, DateTimeOffset at = default) =>
        Writer(key).Ask<object>(new Write(data, deleted, at), Patience);

    /// <summary>The actor of one object; several may be made for one key.</summary>
    public IActorRef Writer(ObjectKey key) => System.ActorOf(Props.Create(() => new ObjectWriter(key)));

    public static ObjectKey ConfigMap(string name) => new("", "configmaps", "default", name);

    public static byte[] Json(string name, string data) =>
        Encoding.UTF8.GetBytes($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}","namespace":"default"},"data":{"value":"{{{data}}}"}}""");

    public static ObjectStored Event(ObjectKey key, string data, bool deleted = false, DateTimeOffset at = default) =>
        new(key, Json(key.Name, data), deleted, new("tester", "update", "tests", at));

    public async ValueTask DisposeAsync() => await System.Terminate();

    /// <summary>Store this; answered by <see cref="Written"/> or <see cref="Failed"/>.</summary>
    public sealed record Write(string Data, bool Deleted = false, DateTimeOffset At = default);

    /// <summary>Several events that are stored together or not at all.</summary>
    public sealed record WriteAll(params string[] Data);

    public sealed record Written(long Revision, long SequenceNr, StoredObject Stored);

    public sealed record Failed(Exception Cause);

    /// <summary>Answered by <see cref="Recovered"/>.</summary>
    public sealed record Ask;

    public sealed record Recovered(StoredObject? Stored, long SequenceNr);

    private sealed class ObjectWriter : UntypedPersistentActor
    {
        private readonly ObjectKey _key;
        private StoredObject? _stored;
        private IActorRef _asker = ActorRefs.Nobody;

        public ObjectWriter(ObjectKey key) => _key = key;

        public override string PersistenceId => _key.PersistenceId;

        protected override void OnRecover(object message)
        {
            if (message is ObjectStored stored) Apply(stored);
        }

        protected override void OnCommand(object message)
        {
            _asker = Sender;
            switch (message)
            {
                case Write write:
                    Persist(Event(_key, write.Data, write.Deleted, write.At), Answer);
                    break;
                case WriteAll write:
                    PersistAll(write.Data.Select(data => Event(_key, data)), Answer);
                    break;
                case Ask:
                    Sender.Tell(new Recovered(_stored, LastSequenceNr));
                    break;
            }
        }

        protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
        {
            _asker.Tell(new Failed(cause));
            base.OnPersistFailure(cause, @event, sequenceNr);
        }

        private void Answer(ObjectStored stored)
        {
            Apply(stored);
            _asker.Tell(new Written(stored.Revision, LastSequenceNr, stored.ToStored()));
        }

        private void Apply(ObjectStored stored) => _stored = stored.Deleted ? null : stored.ToStored();
    }
}
