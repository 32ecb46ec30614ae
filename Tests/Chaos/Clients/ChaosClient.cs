using Tests.Chaos.Recording;

namespace Tests.Chaos.Clients;

/// <summary>
/// A client that reads and writes a few objects that others write too, and creates and deletes some of its own: one operation at a time, drawn by its seed, until it
/// is told to end. It goes on whatever comes back.
/// </summary>
internal sealed class ChaosClient(int number, ClientHabit habit, IReadOnlyList<MemberApi> members, string @namespace, Recorder recorder, int seed)
{
    /// <summary>How many objects all clients write.</summary>
    public const int Contended = 6;

    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(60);
    private readonly Random _random = new(HashCode.Combine(seed, number));
    private readonly Dictionary<string, ObjectSeen> _known = new(StringComparer.Ordinal);
    private readonly Queue<string> _own = new();
    private int _member = number % members.Count;
    private int _made;

    /// <summary>The name of an object that all clients write.</summary>
    public static string Shared(int object_) => $"shared-{object_}";

    /// <summary>Completes when it was told to end, or the recorder is full, and the last answer has come.</summary>
    public async Task Run(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && !recorder.IsFull)
        {
            var api = members[_member];
            var request = Draw();
            if (recorder.Begin(number, api.Member, request) is not { } operation) return;
            var ended = recorder.End(operation, await api.Send(operation.Request, @namespace, operation.Writer));
            Learn(ended);
            await Task.Delay(LongestPause * _random.NextDouble(), CancellationToken.None);
        }
    }

    private Func<int, OperationRequest> Draw()
    {
        var name = Shared(_random.Next(Contended));
        var known = _known.GetValueOrDefault(name);
        var drawn = _random.Next(100);
        switch (drawn)
        {
            case < 10:
                return id => new(OperationKind.Create, name) { Content = Value(id) };
            case < 28 when known is not null:
                return id => new(OperationKind.Update, name) { Content = Value(id), Version = known.Revision };
            case < 34:
                return id => new(OperationKind.Update, name) { Content = Value(id) };
            case < 54:
                return id => new(OperationKind.Patch, name) { Content = Content.Of($"p{number}", $"v{id}") };
            case < 58 when known is not null:
                // A patch that was made before: it may change nothing.
                return _ => new(OperationKind.Patch, name) { Content = known.Content };
            case < 62:
                return _ => new(OperationKind.Delete, name) { Uid = _random.Next(2) == 0 ? known?.Uid : null, Version = _random.Next(4) == 0 ? known?.Revision : null };
            case < 74:
                return _ => new(OperationKind.Get, name);
            case < 78 when known is not null:
                return _ => new(OperationKind.Get, name) { Version = _random.Next(2) == 0 ? 0 : known.Revision };
            case < 84:
                return _ => new(OperationKind.List, "") { Version = _random.Next(4) == 0 ? 0 : null };
            default:
                return Own(drawn);
        }
    }

    // Objects of its own: made, read, changed and, once there are some, deleted.
    private Func<int, OperationRequest> Own(int drawn)
    {
        if (drawn < 90 || _own.Count == 0)
        {
            var made = $"own-{number}-{++_made}";
            _own.Enqueue(made);
            return id => new(OperationKind.Create, made) { Content = Value(id) };
        }
        if (drawn < 95 && _own.Count > 4)
        {
            var gone = _own.Dequeue();
            _known.Remove(gone, out var known);
            return _ => new(OperationKind.Delete, gone) { Uid = known?.Uid };
        }
        var name = _own.Peek();
        return drawn % 2 == 0 ? _ => new(OperationKind.Get, name) : id => new(OperationKind.Patch, name) { Content = Content.Of($"p{number}", $"v{id}") };
    }

    private void Learn(Operation ended)
    {
        switch (ended.Answer)
        {
            case Answer.Accepted { Object: { } seen }:
                _known[seen.Name] = seen;
                break;
            case Answer.Refused { Code: 404 } or Answer.Accepted:
                _known.Remove(ended.Request.Name);
                break;
            case Answer.Listed list:
                foreach (var seen in list.Items)
                {
                    if (seen.Name.StartsWith("shared-", StringComparison.Ordinal)) _known[seen.Name] = seen;
                }
                break;
        }
        if (habit == ClientHabit.Rotates || (habit == ClientHabit.FailsOver && ended.Answer is Answer.Unknown)) _member = (_member + 1) % members.Count;
    }

    private static Content Value(int id) => Content.Of("w", $"v{id}");
}
