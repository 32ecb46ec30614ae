using CsCheck;
using Tests.Chaos.Recording;
using Xunit;

namespace Tests.Chaos.Checking;

public sealed class GoodHistoryTests
{
    [Fact]
    public void A_run_of_a_cluster_that_is_right_has_no_violation() => Gen.Int.Sample(seed => Assert.Empty(SimulatedCluster.Run(seed).Check()), iter: 300);

    [Fact]
    public void The_simulated_runs_hold_every_kind_of_thing_that_happens()
    {
        var runs = Enumerable.Range(0, 40).Select(SimulatedCluster.Run).ToArray();
        var operations = runs.SelectMany(run => run.History.Operations).ToArray();
        foreach (var kind in Enum.GetValues<OperationKind>()) Assert.Contains(operations, operation => operation.Request.Kind == kind && operation.Answer is Answer.Accepted or Answer.Listed);
        foreach (var reason in (string[])["NotFound", "AlreadyExists", "Conflict"]) Assert.Contains(operations, operation => operation.Answer is Answer.Refused refused && refused.Reason == reason);
        var stored = runs.SelectMany((run, number) => run.Journal.Events.Select(version => (number, version.Writer))).ToHashSet();
        var unknown = runs.SelectMany((run, number) => run.History.Operations.Where(operation => operation is { Request.IsWrite: true, Answer: Answer.Unknown }).Select(operation => (number, operation.Writer))).ToArray();
        Assert.Contains(unknown, stored.Contains);
        Assert.Contains(unknown, write => !stored.Contains(write));
        Assert.Contains(runs.SelectMany((run, number) => run.History.Operations.Where(operation => operation is { Request.Kind: OperationKind.Patch, Answer: Answer.Accepted }).Select(operation => (number, operation.Writer))), write => !stored.Contains(write));
        var watches = runs.SelectMany(run => run.History.Watches).ToArray();
        foreach (var type in (string[])[WatchEvent.Added, WatchEvent.Modified, WatchEvent.Deleted, WatchEvent.Bookmark, WatchEvent.InitialEnd]) Assert.Contains(watches, watch => watch.Events.Any(line => line.Type == type));
        Assert.Contains(watches, watch => watch.Ended == WatchEnd.Expired);
    }
}
