using Akka.Actor;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Hosting;

namespace ControlPlane.Hosting;

/// <summary>Has every namespace looked at when the authorities that the cluster trusts have changed: each has a copy of them, for its pods.</summary>
internal sealed class AuthorityWatchActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly GroupResource Namespaces = new("", "namespaces");

    public AuthorityWatchActor(TrustedAuthorities trusted, WatchCache cache, IActorRef objects)
    {
        var known = trusted.Pem;
        Receive<Look>(_ =>
        {
            if (trusted.Pem is var now && now == known) return;
            known = now;
            foreach (var each in cache.List(Namespaces).Objects) objects.Tell(new Reconcile(each.Key, cache.Revision));
        });
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(TrustedAuthorities trusted, WatchCache cache, IActorRef objects) => Akka.Actor.Props.Create(() => new AuthorityWatchActor(trusted, cache, objects));

    /// <inheritdoc/>
    protected override void PreStart() => Timers.StartPeriodicTimer(Look.Instance, Look.Instance, Interval);

    private sealed record Look
    {
        public static Look Instance { get; } = new();
    }
}
