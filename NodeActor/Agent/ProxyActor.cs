using Akka.Actor;
using Akka.Event;
using NodeActor.Networking;

namespace NodeActor.Agent;

/// <summary>To the proxy actor: the network shall look like this. The newest counts.</summary>
internal sealed record ShowNetwork(NetworkView View);

/// <summary>From the proxy actor: everything up to this revision is applied.</summary>
internal sealed record NetworkShown(long Revision);

/// <summary>Applies one view at a time; what comes meanwhile is replaced by what is newer. A failed view is tried again with the newest.</summary>
internal sealed class ProxyActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private readonly IServiceProxy _proxy;
    private readonly CancellationTokenSource _stop = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private NetworkView? _wanted;
    private bool _busy;

    public ProxyActor(IServiceProxy proxy)
    {
        _proxy = proxy;
        Receive<ShowNetwork>(show =>
        {
            _wanted = show.View;
            Next();
        });
        Receive<Applied>(applied =>
        {
            _busy = false;
            Context.Parent.Tell(new NetworkShown(applied.Revision));
            Next();
        });
        Receive<Failed>(failed =>
        {
            _log.Warning("The services of revision {0} could not be programmed, trying again: {1}", failed.View.Revision, failed.Cause.Message);
            _wanted ??= failed.View;
            Timers.StartSingleTimer(Retry.Instance, Retry.Instance, RetryAfter);
        });
        Receive<Retry>(_ =>
        {
            _busy = false;
            Next();
        });
    }

    public static Props Props(IServiceProxy proxy) => Akka.Actor.Props.Create(() => new ProxyActor(proxy));

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PostStop()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private void Next()
    {
        if (_busy || _wanted is not { } view) return;
        (_busy, _wanted) = (true, null);
        _proxy.Apply(view, _stop.Token).PipeTo(Self, success: () => new Applied(view.Revision), failure: cause => new Failed(view, cause));
    }

    private sealed record Applied(long Revision);

    private sealed record Failed(NetworkView View, Exception Cause);

    private sealed class Retry
    {
        public static readonly Retry Instance = new();
    }
}
