using Akka.Actor;
using ControlPlane.Membership;
using ControlPlane.Telemetry.Usage;
using Shared.Protocol;

namespace ControlPlane.Nodes.Usage;

/// <summary>Puts what agents tell of their use into this process' table, tells it to the other members, and hears it of them.</summary>
internal sealed class UsageActor : ReceiveActor, IWithTimers
{
    /// <summary>The actor's name below the node service, the same in every control plane.</summary>
    public const string Name = "usage";

    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(15);

    public UsageActor(MemberBook members, UsageTable table)
    {
        Receive<ReportUsage>(report =>
        {
            table.Hear(report.Node, report.Own, report.Pods);
            if (!members.HasPeers) return;
            var (news, path) = (new UsageNews(report.Node, report.Own, report.Pods), Self.Path.ToStringWithoutAddress());
            foreach (var member in members.Peers) Context.ActorSelection($"{member}{path}").Tell(news, Self);
        });
        Receive<UsageNews>(news => table.Hear(news.Node, news.Own, news.Pods));
        Receive<SweepDue>(_ => table.Sweep());
    }

    public static Props Props(MemberBook members, UsageTable table) => Akka.Actor.Props.Create(() => new UsageActor(members, table));

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer(SweepDue.Instance, SweepDue.Instance, SweepEvery);

    /// <summary>To itself; a test sends it too.</summary>
    internal sealed class SweepDue
    {
        public static readonly SweepDue Instance = new();
    }
}
