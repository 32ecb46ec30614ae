using System.Diagnostics;
using Tests.Chaos.Clients;
using Tests.Chaos.Faults;
using Tests.Chaos.Lab;
using Tests.Chaos.Recording;

namespace Tests.Chaos.Runs;

/// <summary>
/// One round: clients and watchers work in a namespace of their own while faults come and go; then all is put right, the watchers are given time to see the last
/// write, and what was seen is compared with the journal.
/// </summary>
/// <param name="tell">Told each fault as it comes.</param>
internal sealed class ChaosRound(ChaosLab lab, int number, int seed, Action<string> tell)
{
    private const int Clients = 12;
    private const int WatchersOfEach = 2;
    private const int Most = 400_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly Recorder _recorder = new(Most);
    private readonly List<FaultWindow> _faults = [];
    private bool _well = true;

    private string Namespace => $"chaos-{number}";

    /// <summary>Runs it: the faults one after the other, the clients from before the first until after the last.</summary>
    public async Task<RoundResult> Run(IEnumerable<ScheduledFault> faults)
    {
        var before = await JournalReading.Head(lab.ConnectionString);
        var apis = lab.Members.Select(lab.Api).ToArray();
        using var clientsEnd = new CancellationTokenSource();
        using var watchersEnd = new CancellationTokenSource();
        try
        {
            await apis[0].CreateNamespace(Namespace);
            var watchers = Enumerable.Range(0, WatchersOfEach * apis.Length).Select(i => new ChaosWatcher(i, apis, Namespace, _recorder, seed)).ToArray();
            var watching = Task.WhenAll(watchers.Select(watcher => Task.Run(() => watcher.Run(watchersEnd.Token))));
            var habits = Enum.GetValues<ClientHabit>();
            var working = Task.WhenAll(Enumerable.Range(0, Clients)
                .Select(i => Task.Run(() => new ChaosClient(i, habits[i % habits.Length], apis, Namespace, _recorder, seed).Run(clientsEnd.Token))));
            foreach (var fault in faults) await Happen(fault);
            await clientsEnd.CancelAsync();
            await working;
            await AllReady();
            var last = await LastWrite(apis);
            var seen = Stopwatch.StartNew();
            while (watchers.Any(watcher => watcher.Position < last) && seen.Elapsed < Patience) await Task.Delay(20);
            await watchersEnd.CancelAsync();
            await watching;
            return new(new(_recorder.History(last), await JournalReading.Read(lab.ConnectionString, before, Namespace)), _faults);
        }
        finally
        {
            await clientsEnd.CancelAsync();
            await watchersEnd.CancelAsync();
            foreach (var api in apis) api.Dispose();
        }
    }

    private async Task Happen(ScheduledFault scheduled)
    {
        var (fault, from) = (scheduled.Fault, Moment.Now);
        await fault.Inject();
        tell($"{fault.Name}, {scheduled.Lasting.TotalSeconds:0.#} s");
        try
        {
            await Task.Delay(scheduled.Lasting);
        }
        finally
        {
            await fault.Heal();
        }
        _faults.Add(new(fault.Name, [.. Killed(fault)], fault is KilledMember && _well, from, Moment.Now));
        _well = scheduled.UntilReady;
        if (_well) await AllReady();
        await Task.Delay(scheduled.Rest);
    }

    private static IEnumerable<string> Killed(IFault fault) => fault switch
    {
        KilledMember killed => [killed.Member.Name],
        FaultPair pair => Killed(pair.First).Concat(Killed(pair.Second)),
        _ => [],
    };

    private async Task AllReady()
    {
        foreach (var member in lab.Members) await lab.Ready(member);
    }

    // Whatever is committed before it was acknowledged before the watchers were asked.
    private async Task<long> LastWrite(MemberApi[] apis)
    {
        var waited = Stopwatch.StartNew();
        for (var attempt = 0; waited.Elapsed < Patience; attempt++)
        {
            var api = apis[attempt % apis.Length];
            var name = $"last-{attempt}";
            if (_recorder.Begin(Clients, api.Member, id => new(OperationKind.Create, name) { Content = Content.Of("w", $"v{id}") }) is not { } operation) break;
            if (_recorder.End(operation, await api.Send(operation.Request, Namespace, operation.Writer)).Answer is Answer.Accepted { Object: { } stored }) return stored.Revision;
        }
        throw new TimeoutException($"No member takes a write {Patience.TotalSeconds:0} s after the last fault was put right.\n{string.Join("\n\n", lab.Members.Select(member => $"{member.Name}:\n{member.LogTail()}"))}");
    }
}
