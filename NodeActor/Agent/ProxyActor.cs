using Akka.Actor;
using Akka.Event;
using NodeActor.Networking;

namespace NodeActor.Agent;

/// <summary>To the proxy actor: the network shall look like this. The newest counts.</summary>
internal sealed record ShowNetwork(NetworkView View);

/// <summary>From the proxy actor: everything up to this revision is applied.</summary>
internal sealed record NetworkShown(long Revision);

/// <summary>
/// Applies one view at a time; what comes meanwhile is replaced by what is newer. As long as something fails, the newest view is tried again after a
/// pause that grows. Routes that fail hold up no view; after rules that failed the next view waits for the pause. Tells its parent each report.
/// </summary>
internal sealed class ProxyActor : ReceiveActor, IWithTimers
{
    /// <summary>The pause after the first failure; each further one doubles it.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>No pause is longer.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(16);

    private readonly IServiceProxy _proxy;
    private readonly CancellationTokenSource _stop = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private NetworkView? _wanted;
    private NetworkView? _failed;
    private NetworkReport _report = NetworkReport.Well;
    private TimeSpan _pause = FirstPause;
    private bool _busy;

    public ProxyActor(IServiceProxy proxy)
    {
        _proxy = proxy;
        Receive<ShowNetwork>(show =>
        {
            _wanted = show.View;
            if (_report.Rules.Length == 0) Next();
        });
        Receive<Applied>(OnApplied);
        Receive<Retry>(_ =>
        {
            _wanted ??= _failed;
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

    private void OnApplied(Applied applied)
    {
        _busy = false;
        if (applied.Report != _report) _log.Warning("The network as of revision {0}: {1}", applied.View.Revision, applied.Report == NetworkReport.Well ? "all is programmed" : applied.Report.ToString());
        _report = applied.Report;
        Context.Parent.Tell(_report);
        if (_report == NetworkReport.Well)
        {
            (_failed, _pause) = (null, FirstPause);
            Timers.Cancel(Retry.Instance);
        }
        else
        {
            _failed = applied.View;
            Timers.StartSingleTimer(Retry.Instance, Retry.Instance, _pause);
            _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
        }
        if (_report.Rules.Length > 0) return;
        Context.Parent.Tell(new NetworkShown(applied.View.Revision));
        Next();
    }

    private void Next()
    {
        if (_busy || _wanted is not { } view) return;
        (_busy, _wanted) = (true, null);
        _proxy.Apply(view, _stop.Token).PipeTo(Self, success: report => new Applied(view, report), failure: cause => new Applied(view, new(cause.Message, "")));
    }

    private sealed record Applied(NetworkView View, NetworkReport Report);

    private sealed class Retry
    {
        public static readonly Retry Instance = new();
    }
}
