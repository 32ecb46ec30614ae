using Tests.Chaos.Recording;

namespace Tests.Chaos.Runs;

/// <summary>What is told of a round that went wrong.</summary>
internal static class Report
{
    /// <summary>The reasons for which outcomes are unknown, with how often each was given.</summary>
    public static IEnumerable<string> Unknown(RoundResult round) => round.Run.History.Operations.Select(operation => operation.Answer).OfType<Answer.Unknown>()
        .GroupBy(answer => answer.Why).OrderByDescending(group => group.Count()).Take(10).Select(group => $"{group.Count()} x {group.Key}");

    /// <summary>The violations of each rule, at most some.</summary>
    public static IEnumerable<string> Violations(RoundResult round, int most = 5) =>
        round.Violations.GroupBy(violation => violation.Rule).SelectMany(rule => rule.Take(most).Select(violation => violation.ToString()).Append($"{rule.Count()} x {rule.Key}"));

    /// <summary>Writes a round to a file: violations, faults, operations, watches, journal.</summary>
    /// <returns>The file's path.</returns>
    public static string Write(RoundResult round)
    {
        var path = Path.Combine(Path.GetTempPath(), $"actors-chaos-{DateTime.UtcNow:yyyyMMdd-HHmmss}-{Environment.ProcessId}.txt");
        using var file = new StreamWriter(path);
        foreach (var violation in round.Violations) file.WriteLine(violation);
        foreach (var fault in round.Faults) file.WriteLine($"{Moment.Of(fault.From)} to {Moment.Of(fault.Until)}: {fault.Fault}");
        foreach (var operation in round.Run.History.Operations) file.WriteLine(operation);
        foreach (var watch in round.Run.History.Watches)
        {
            file.WriteLine(watch);
            foreach (var line in watch.Events) file.WriteLine($"  {line}");
        }
        foreach (var version in round.Run.Journal.Events) file.WriteLine($"{version.Revision} {version}");
        return path;
    }
}
