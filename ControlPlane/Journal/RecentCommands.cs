using System.Collections.Concurrent;
using ControlPlane.Objects;

namespace ControlPlane.Journal;

/// <summary>
/// At which revision the commands of late were carried out, by whichever control plane: who gets a command again finds it here. Known of each event before its
/// object's actor can recover from it, so that an actor never decides twice about one command. Bounded: the oldest are forgotten, and <see cref="Since"/> says how
/// far back it knows.
/// </summary>
/// <param name="room">How many commands are remembered: far more than are written while a client waits.</param>
public sealed class RecentCommands(int room = RecentCommands.DefaultRoom)
{
    /// <summary>Sixteen seconds of eight thousand writes each, in some megabytes.</summary>
    public const int DefaultRoom = 1 << 17;

    private readonly ConcurrentDictionary<long, RecentCommand> _commands = new();
    private readonly Lock _gate = new();
    private readonly Queue<(long Command, long Revision)> _order = new();
    private long _since;

    /// <summary>Every command whose event has a higher revision than this is known.</summary>
    public long Since => Volatile.Read(ref _since);

    /// <summary>What became of a command.</summary>
    public bool TryGet(long command, out RecentCommand found) => _commands.TryGetValue(command, out found);

    /// <summary>A command's event was committed. Repeats are harmless.</summary>
    internal void Add(WriteAudit audit, long revision)
    {
        var command = audit.Command;
        if (command == 0 || !_commands.TryAdd(command, new(revision, audit.Verb == WithdrawCommand.Verb))) return;
        lock (_gate)
        {
            _order.Enqueue((command, revision));
            while (_order.Count > room)
            {
                var (oldest, at) = _order.Dequeue();
                _commands.TryRemove(oldest, out _);
                if (at > _since) Volatile.Write(ref _since, at);
            }
        }
    }

    /// <summary>The commands of events up to a revision were never seen here.</summary>
    internal void Missed(long revision)
    {
        lock (_gate)
        {
            if (revision > _since) Volatile.Write(ref _since, revision);
        }
    }
}

/// <summary>A command that is known.</summary>
/// <param name="Revision">Where it was carried out, or withdrawn.</param>
/// <param name="IsWithdrawn">It was not carried out and never will be.</param>
public readonly record struct RecentCommand(long Revision, bool IsWithdrawn);
