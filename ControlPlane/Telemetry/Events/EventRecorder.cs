using System.Threading.Channels;
using Akka.Actor;
using ControlPlane.Objects;

namespace ControlPlane.Telemetry.Events;

/// <summary>
/// The process's bounded queue of notes. <c>EventWriterActor</c> takes from it at its own pace.
/// </summary>
public sealed class EventRecorder : IEventRecorder, IExtension
{
    /// <summary>Notes that may wait: some seconds of a cluster being deployed at full speed.</summary>
    public const int Capacity = 32_768;

    private readonly Channel<EventNote> _notes = Channel.CreateBounded<EventNote>(new BoundedChannelOptions(Capacity)
    {
        FullMode = BoundedChannelFullMode.Wait,
        SingleReader = true,
    });
    private long _dropped;

    /// <summary>The recorder of this process's actor system.</summary>
    public static EventRecorder Get(ActorSystem system) => system.WithExtension<EventRecorder, Provider>();

    /// <summary>Notes that did not fit, since the start.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    internal ChannelReader<EventNote> Notes => _notes.Reader;

    /// <inheritdoc/>
    public void Record(EventNote note)
    {
        if (!_notes.Writer.TryWrite(note)) Interlocked.Increment(ref _dropped);
    }

    private sealed class Provider : ExtensionIdProvider<EventRecorder>
    {
        public override EventRecorder CreateExtension(ExtendedActorSystem system) => new();
    }
}
