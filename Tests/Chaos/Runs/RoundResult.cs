using Tests.Chaos.Checking;
using Tests.Chaos.Clients;
using Tests.Chaos.Recording;

namespace Tests.Chaos.Runs;

/// <summary>What a round has brought.</summary>
/// <param name="Faults">In the order of their coming.</param>
internal sealed record RoundResult(ChaosRun Run, IReadOnlyList<FaultWindow> Faults)
{
    private IReadOnlyList<Violation>? _violations;

    public IReadOnlyList<Violation> Violations => _violations ??= Run.Check();

    public int WatchEvents => Run.History.Watches.Sum(watch => watch.Events.Count);

    public int MemberKills => Faults.Sum(fault => fault.Killed.Count);

    /// <summary>
    /// For each kill and each object that all clients write: the time from the kill until the first write of it was acknowledged that was sent after the kill, to
    /// another member; at most until the next fault.
    /// </summary>
    public IEnumerable<TimeSpan> ObjectOutages() => Outages(Enumerable.Range(0, ChaosClient.Contended).Select(ChaosClient.Shared), operation => operation.Request.Name);

    /// <summary>For each kill and each other member: the time from the kill until the first write was acknowledged that was sent to it after the kill.</summary>
    public IEnumerable<TimeSpan> MemberOutages() => Outages(Run.History.Operations.Select(operation => operation.Member).Distinct(), operation => operation.Member);

    /// <summary>For each kill and each watch that broke with it: the time from the kill until another member had begun to answer.</summary>
    public IEnumerable<TimeSpan> WatchOutages()
    {
        foreach (var (kill, killed) in Kills)
        {
            foreach (var watches in Run.History.Watches.GroupBy(watch => watch.Watcher))
            {
                if (!watches.Any(watch => watch.Member == killed && watch.Opened > 0 && watch.Start < kill.From && watch.Ended == WatchEnd.Cut)) continue;
                var broken = watches.Last(watch => watch.Start < kill.From);
                if (broken.Member == killed && watches.FirstOrDefault(watch => watch.Start > kill.From && watch.Opened > 0) is { } next) yield return Moment.Between(kill.From, next.Opened);
            }
        }
    }

    private IEnumerable<(FaultWindow Kill, string Member)> Kills => Faults.Where(fault => fault.Measured).Select(fault => (fault, fault.Killed[0]));

    private IEnumerable<TimeSpan> Outages(IEnumerable<string> of, Func<Operation, string> by)
    {
        var names = of.ToArray();
        foreach (var (kill, killed) in Kills)
        {
            var first = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (var operation in Run.History.Operations)
            {
                if (!operation.Request.IsWrite || operation.Answer is not Answer.Accepted || operation.Member == killed || operation.Start < kill.From) continue;
                var name = by(operation);
                if (!first.TryGetValue(name, out var earliest) || operation.End < earliest) first[name] = operation.End;
            }
            foreach (var name in names)
            {
                // What goes wrong next is not this kill's doing.
                var next = Faults.FirstOrDefault(fault => fault.From > kill.From)?.From ?? long.MaxValue;
                if (name != killed && first.TryGetValue(name, out var end)) yield return Moment.Between(kill.From, Math.Min(end, next));
            }
        }
    }
}
