using CsCheck;
using ControlPlane.Nodes;
using NodeActor.Agent;
using Shared.Api;
using Xunit;

namespace Tests.Unit.NodesAgent;

/// <summary>
/// One pod that must not run twice, its node, and a control plane that may start it elsewhere, over virtual time: the network fails and comes back, messages take
/// their time, the agent is killed and started, and somebody deletes the Node. Both sides keep to what the product's own types say.
/// </summary>
public sealed class FenceProperties
{
    private static readonly NodeOptions Options = new();
    private static readonly PodUid Uid = new("db-0");
    private static readonly ObjectKey Key = new("", "pods", "default", "db-0");
    private const int Tick = 100;
    private const int Seconds = 60;

    /// <summary>What may be taken out.</summary>
    [Flags]
    public enum Guards
    {
        None = 0,

        /// <summary>The lease counts from when the answered renewal was sent.</summary>
        CountsFromSending = 1,

        /// <summary>An agent that starts reads until when the one before it held the lease.</summary>
        Checkpoint = 2,

        /// <summary>The control plane waits for the fence's grace and slack too.</summary>
        WaitsForTheFence = 4,

        /// <summary>The fence comes down with a snapshot, not with an answer.</summary>
        LiftsWithASnapshot = 8,

        /// <summary>The grace counts from the end of the lease, not from when an agent notices.</summary>
        GraceCountsFromTheEnd = 16,

        All = 31,
    }

    [Fact]
    public void Pod_never_runs_in_two_places_whatever_fails() => Worlds.Sample(world => Assert.Null(Violation(world, Guards.All)), iter: 30_000);

    [Theory]
    [InlineData(Guards.CountsFromSending)]
    [InlineData(Guards.Checkpoint)]
    [InlineData(Guards.WaitsForTheFence)]
    [InlineData(Guards.LiftsWithASnapshot)]
    [InlineData(Guards.GraceCountsFromTheEnd)]
    public void Pod_runs_in_two_places_without_any_one_of_the_guards(Guards guard) =>
        Assert.ThrowsAny<Exception>(() => Worlds.Sample(world => Assert.Null(Violation(world, Guards.All & ~guard)), iter: 500_000));

    /// <param name="Cut">When the network fails, in ticks.</param>
    /// <param name="Back">For how long.</param>
    /// <param name="Delete">When the Node is deleted, after the network failed.</param>
    /// <param name="There">How long a message takes to the control plane.</param>
    /// <param name="Answer">And how long its answer takes, which arrives although the network failed meanwhile.</param>
    /// <param name="Restarts">When the agent is killed; it is back a second later, and lives for longer than a fence takes.</param>
    /// <param name="Kill">How long the runtime takes beyond the grace. Until the grace is over a stop ends with the agent that asked for it.</param>
    public sealed record World(int Cut, int Back, int Delete, int There, int Answer, int[] Restarts, int Kill)
    {
        public override string ToString() => $"{nameof(World)} {{ {Cut}, {Back}, {Delete}, {There}, {Answer}, [{string.Join(", ", Restarts)}], {Kill} }}";
    }

    private static readonly Gen<World> Worlds =
        from cut in Gen.Int[0, 200]
        from back in Gen.Int[0, 400]
        from delete in Gen.OneOf(Gen.Int[0, 10], Gen.Int[0, 150])
        from there in Gen.Int[0, 5]
        from answer in Gen.Int[0, 40]
        from restarts in Gen.OneOf(Gen.Int[0, 500], Gen.Int[cut + 50, cut + 100]).Array[0, 3].Where(ticks => ticks.All(one => ticks.All(other => one == other || Math.Abs(one - other) > 60)))
        from kill in Gen.Int[0, 20]
        select new World(cut, back, delete, there, answer, restarts, kill);

    private static string? Violation(World world, Guards guards)
    {
        bool Has(Guards guard) => guards.HasFlag(guard);
        bool Connected(int tick) => tick < world.Cut || tick >= world.Cut + world.Back;
        var deletedAt = world.Cut + world.Delete;
        var replacedAt = deletedAt + (int)((Has(Guards.WaitsForTheFence) ? Options.OrphanDelay : Options.AgentLease).TotalMilliseconds / Tick);

        var lease = AgentLease.Granted(1, Options.AgentLease, At(0));
        var fence = (AgentFence.None with { Grace = Options.FenceGrace }).Add(Uid, Key, saves: true);
        fence = fence.Saving().Saved(1).Fence;
        var checkpoint = Save(lease, fence);
        var (runs, killAt, stopsAt, downUntil, sequence) = (true, int.MaxValue, int.MaxValue, 0, 0L);
        var answers = new List<(int At, long Sequence, int Sent, int Life)>();
        var (life, snapshotAt) = (0, int.MaxValue);

        for (var tick = 0; tick < Seconds * 1000 / Tick; tick++)
        {
            if (tick >= stopsAt) (runs, stopsAt) = (false, int.MaxValue);
            if (world.Restarts.Contains(tick))
            {
                (life, downUntil, snapshotAt) = (life + 1, tick + 10, int.MaxValue);
                if (tick < killAt) stopsAt = int.MaxValue;
                var kept = Has(Guards.Checkpoint) ? checkpoint : null;
                lease = kept is null ? AgentLease.None : AgentLease.LeftBy(kept);
                fence = kept is null ? (AgentFence.None with { Grace = Options.FenceGrace }).Add(Uid, Key, saves: false) : AgentFence.LeftBy(kept);
            }
            if (tick >= downUntil)
            {
                // Once a second a renewal, or a registration, which counts as one here; of a Node that is gone only a registration is answered.
                if (tick % 10 == 0)
                {
                    lease = lease.Sent(++sequence, At(tick));
                    if (Connected(tick) && Connected(tick + world.There)) answers.Add((tick + world.There + world.Answer, sequence, tick, life));
                }
                foreach (var (_, answered, sent, of) in answers.Where(answer => answer.At == tick && answer.Life == life).ToArray())
                {
                    if (!lease.IsRegistered || tick >= deletedAt) lease = AgentLease.Granted(tick, Options.AgentLease, At(sent)) with { Unanswered = lease.Unanswered };
                    lease = lease.Answered(answered, out var _);
                    if (!Has(Guards.CountsFromSending)) lease = lease with { HeldUntil = At(tick) + Options.AgentLease };
                    checkpoint = Save(lease, fence);
                    if (!fence.IsUp || fence.IsComingDown) continue;
                    fence = fence.ComeDown();
                    snapshotAt = tick + 5;
                    if (!Has(Guards.LiftsWithASnapshot) && !runs) runs = true;
                }
                if (tick >= snapshotAt)
                {
                    snapshotAt = int.MaxValue;
                    var wanted = tick < replacedAt;
                    fence = fence.Keep(_ => wanted).Down();
                    if (wanted) (runs, killAt, stopsAt) = (true, int.MaxValue, int.MaxValue);
                    else runs = false;
                }
                if (lease.IsLost(At(tick)) && (!fence.IsUp || fence.IsComingDown))
                {
                    (fence, snapshotAt) = (fence.GoUp(), int.MaxValue);
                    var grace = Has(Guards.GraceCountsFromTheEnd) ? fence.GraceLeft(lease.HeldUntil, At(tick)) : fence.Grace;
                    if (runs) killAt = tick + (int)(grace.TotalMilliseconds / Tick);
                    if (runs) stopsAt = Math.Min(stopsAt, killAt + world.Kill);
                }
            }
            if (tick >= replacedAt && runs && !(Connected(tick) && tick < world.Cut)) return $"at {tick * Tick} ms the pod runs here and elsewhere: {world}";
            if (tick >= deletedAt && Connected(tick) && tick < replacedAt) return null; // The node is back in time: nothing is started elsewhere.
        }
        return null;
    }

    private static LeaseCheckpoint Save(AgentLease lease, AgentFence fence) =>
        new("boot", lease.Epoch, lease.HeldUntil, Options.FenceGrace, [.. fence.Exclusive.Select(pod => ExclusivePod.Of(pod.Value, pod.Key))]);

    private static TimeSpan At(int tick) => TimeSpan.FromMilliseconds(tick * Tick);
}
