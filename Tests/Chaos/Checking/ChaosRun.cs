using Tests.Chaos.Recording;

namespace Tests.Chaos.Checking;

/// <summary>All there is to judge a run by.</summary>
internal sealed record ChaosRun(RunHistory History, JournalExtract Journal)
{
    public IReadOnlyList<Violation> Check() => HistoryChecker.Check(History, Journal);

    /// <summary>The run with one operation told otherwise.</summary>
    public ChaosRun With(Operation operation, Operation instead) =>
        this with { History = History with { Operations = [.. History.Operations.Select(each => each == operation ? instead : each)] } };

    /// <summary>The run with one watch told otherwise.</summary>
    public ChaosRun With(WatchRecord watch, WatchRecord instead) =>
        this with { History = History with { Watches = [.. History.Watches.Select(each => ReferenceEquals(each, watch) ? instead : each)] } };

    /// <summary>The run with another journal.</summary>
    public ChaosRun With(IEnumerable<StoredVersion> events) => this with { Journal = Journal with { Events = [.. events] } };

    /// <summary>The run with one event of the journal told otherwise.</summary>
    public ChaosRun With(StoredVersion version, StoredVersion instead) => With(Journal.Events.Select(each => each == version ? instead : each));
}
