using Tests.Chaos.Recording;

namespace Tests.Chaos.Checking;

/// <summary>
/// A cluster that is right by construction, with clients whose operations overlap: each is carried out at one moment between its start and its end, or lost on the
/// way there or back. What it records is what a run records; the same seed makes the same run.
/// </summary>
internal sealed class SimulatedCluster(int seed)
{
    private const int Clients = 5;
    private static readonly string[] Names = ["a", "b", "c"];
    private readonly Random _random = new(seed);
    private readonly Dictionary<string, (ObjectSeen? State, long Sequence)> _objects = new(StringComparer.Ordinal);
    private readonly List<StoredVersion> _journal = [];
    private readonly List<Operation> _operations = [];
    private readonly List<WatchRecord> _watches = [];
    private readonly Flight?[] _flights = new Flight?[Clients];
    private readonly List<Flight> _lost = [];
    private readonly ObjectSeen?[] _known = new ObjectSeen?[Clients];
    private readonly SimulatedWatcher[] _watchers = [new(0), new(1), new(2)];
    private long _now = 1000;
    private long _revision = 100;

    /// <summary>The run of some hundred operations and three watchers.</summary>
    public static ChaosRun Run(int seed)
    {
        var cluster = new SimulatedCluster(seed);
        for (var step = 0; step < 1200; step++) cluster.Step();
        foreach (var watcher in cluster._watchers)
        {
            watcher.Tell(cluster._journal, cluster._revision, ++cluster._now, int.MaxValue);
            cluster._watches.AddRange(watcher.All());
        }
        foreach (var flight in cluster._flights.OfType<Flight>().Concat(cluster._lost)) cluster._operations.Add(flight.Operation);
        var history = new RunHistory([.. cluster._operations.OrderBy(operation => operation.Id)], cluster._watches) { Settled = cluster._revision };
        return new(history, new(100, cluster._journal) { Foreign = new HashSet<string>(["kube-root-ca.crt"], StringComparer.Ordinal) });
    }

    private void Step()
    {
        _now += _random.Next(3);
        switch (_random.Next(10))
        {
            case 0:
                _watchers[_random.Next(_watchers.Length)].Do(_random, _journal, _revision, _now);
                break;
            case 1:
                Foreign();
                break;
            case 2 when _lost.Count > 0:
                // A request that nobody waits for any more arrives all the same.
                Carry(_lost[_random.Next(_lost.Count)]);
                break;
            default:
                Move(_random.Next(Clients));
                break;
        }
    }

    private void Move(int client)
    {
        if (_flights[client] is not { } flight) _flights[client] = Begin(client);
        else if (flight.Outcome is null && _random.Next(12) > 0) Carry(flight);
        else if (flight.Outcome is null || _random.Next(12) == 0)
        {
            _lost.Add(flight);
            _flights[client] = null;
        }
        else
        {
            _operations.Add(flight.Operation with { End = ++_now, Answer = flight.Outcome });
            if (flight.Outcome is Answer.Accepted { Object: { } seen }) _known[client] = seen;
            _flights[client] = null;
        }
    }

    private Flight Begin(int client)
    {
        var id = _operations.Count + _lost.Count + _flights.Count(flight => flight is not null) + 1;
        var name = Names[_random.Next(Names.Length)];
        var known = _known[client];
        var request = _random.Next(9) switch
        {
            0 => new OperationRequest(OperationKind.Create, name) { Content = Content.Of("w", $"v{id}") },
            1 => new(OperationKind.Update, name) { Content = Content.Of("w", $"v{id}") },
            2 when known is not null => new(OperationKind.Update, known.Name) { Content = Content.Of("w", $"v{id}"), Version = known.Revision },
            3 or 4 => new(OperationKind.Patch, name) { Content = Content.Of($"p{client}", $"v{id}") },
            5 when known is not null => new(OperationKind.Patch, known.Name) { Content = known.Content },
            6 => new(OperationKind.Delete, name) { Uid = _random.Next(2) == 0 && known?.Name == name ? known.Uid : null },
            7 => new(OperationKind.List, ""),
            _ => new(OperationKind.Get, name),
        };
        return new(new(id, client, $"m{_random.Next(3)}", request, ++_now));
    }

    private void Carry(Flight flight)
    {
        if (flight.Outcome is null) flight.Outcome = Outcome(flight.Operation);
    }

    private Answer Outcome(Operation operation)
    {
        var request = operation.Request;
        var state = _objects.GetValueOrDefault(request.Name).State;
        if (request.Kind == OperationKind.List) return new Answer.Listed(_revision, [.. _objects.Values.Select(held => held.State).OfType<ObjectSeen>().OrderBy(seen => seen.Name, StringComparer.Ordinal)]);
        if (request.Kind == OperationKind.Create && state is not null) return new Answer.Refused(409, "AlreadyExists");
        if (request.Kind != OperationKind.Create && state is null) return new Answer.Refused(404, "NotFound");
        if (request.Kind == OperationKind.Get) return new Answer.Accepted(state);
        if (!request.Permits(state)) return new Answer.Refused(409, "Conflict");
        var content = request.Apply(state?.Content ?? Content.Empty);
        if (request.Kind is OperationKind.Update or OperationKind.Patch && content == state!.Content) return new Answer.Accepted(state);
        var stored = Store(request.Name, content, state?.Uid ?? $"u{operation.Id}", request.Kind == OperationKind.Delete, operation.Writer);
        return new Answer.Accepted(request.Kind == OperationKind.Delete ? null : stored);
    }

    private ObjectSeen Store(string name, Content content, string uid, bool deleted, string writer)
    {
        var stored = new ObjectSeen(name, ++_revision, uid, content);
        var sequence = _objects.GetValueOrDefault(name).Sequence + 1;
        _objects[name] = (deleted ? null : stored, sequence);
        _journal.Add(new(_revision, $"/configmaps/ns/{name}", sequence, deleted, writer, stored));
        return stored;
    }

    // The cluster writes too: objects that no client deals with, and one among the clients'.
    private void Foreign()
    {
        if (_random.Next(10) == 0) Store("kube-root-ca.crt", Content.Of("w", $"f{_revision}"), "root", false, "system");
        else _journal.Add(new(++_revision, $"/leases/ns/{_revision}", 1, false, "system", null));
    }

    private sealed class Flight(Operation operation)
    {
        public Operation Operation => operation;
        public Answer? Outcome { get; set; }
    }
}
