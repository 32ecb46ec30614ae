using System.Globalization;
using Tests.Chaos.Recording;

namespace Tests.Chaos.Runs;

/// <summary>The counts and times of all rounds so far. Of a round nothing else is kept.</summary>
internal sealed class RunningFigures
{
    private readonly List<double> _objects = [];
    private readonly List<double> _members = [];
    private readonly List<double> _watches = [];
    private long _operations;
    private long _refused;
    private long _unknown;
    private long _faults;
    private long _kills;
    private long _events;
    private long _expired;

    /// <summary>What must not have happened.</summary>
    public long Violations { get; private set; }

    /// <summary>What has happened, in one line.</summary>
    public string Counts => string.Create(CultureInfo.InvariantCulture,
        $"{_operations} operations ({_refused} refused, {_unknown} unknown), {_faults} faults, {_kills} member kills, {_events} watch events, {_expired} watches expired, {Violations} violations");

    /// <summary>A round is over.</summary>
    public void Add(RoundResult round)
    {
        foreach (var operation in round.Run.History.Operations)
        {
            _operations++;
            if (operation.Answer is Answer.Refused) _refused++;
            if (operation.Answer is Answer.Unknown) _unknown++;
        }
        _faults += round.Faults.Count;
        _kills += round.MemberKills;
        _events += round.WatchEvents;
        _expired += round.Run.History.Watches.Count(watch => watch.Ended == WatchEnd.Expired);
        Violations += round.Violations.Count;
        _objects.AddRange(round.ObjectOutages().Select(time => time.TotalMilliseconds));
        _members.AddRange(round.MemberOutages().Select(time => time.TotalMilliseconds));
        _watches.AddRange(round.WatchOutages().Select(time => time.TotalMilliseconds));
    }

    /// <summary>What has happened, and how long clients felt kills of members, a line each.</summary>
    public IEnumerable<string> Lines() =>
    [
        Counts,
        Figure("writes of an object out after a kill", _objects),
        Figure("writes at another member out after a kill", _members),
        Figure("watches out after the kill of their member", _watches),
    ];

    private static string Figure(string what, List<double> times)
    {
        times.Sort();
        return times.Count == 0
            ? $"{what}: none"
            : string.Create(CultureInfo.InvariantCulture, $"{what}: p50 {At(0.5):0} ms, p99 {At(0.99):0} ms, most {times[^1]:0} ms, of {times.Count}");

        double At(double quantile) => times[(int)(quantile * (times.Count - 1))];
    }
}
