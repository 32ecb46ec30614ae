using Akka.Actor;
using Akka.Cluster;
using Npgsql;
using Shared.Hosting;

namespace ControlPlane.Hosting;

/// <summary>
/// How a control plane becomes a member. It asks those it was told of, in whatever order it was told; any of them that lives lets it in. Only where none lives may one
/// form a new cluster, and the database says which (<see cref="FormationRight"/>): so a cluster starts whichever of its members comes first or never comes, and two
/// are never formed. (Only a database that was started anew while all others stand still has forgotten them; what two clusters would write, the journal's index fences.)
/// A control plane on SQLite is alone and forms its own at once.
/// </summary>
internal sealed partial class ClusterEntry(ActorSystem system, ControlPlaneOptions options, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FormationRight? _right;
    private Task _sharing = Task.CompletedTask;

    private string Self => $"{options.AdvertiseAddress}:{options.RemotePort}";

    /// <summary>Completes when this process is a member. Called once.</summary>
    /// <exception cref="ClusterElsewhereException">It was told of nobody, and there are members already.</exception>
    /// <exception cref="MemberGivenUpException">Others live, and have not let it in for a long time.</exception>
    public async Task Enter(Action<string?> waitingFor)
    {
        waitingFor("the cluster");
        var cluster = Cluster.Get(system);
        cluster.RegisterOnMemberUp(() => _up.TrySetResult());
        if (options.Database is not { } database)
        {
            if (options.Seeds.IsEmpty) cluster.Join(cluster.SelfAddress);
            else cluster.JoinSeedNodes(options.Seeds.Select(AddressOf));
            await _up.Task;
            return;
        }
        _right = new(database, Self);
        var others = options.Seeds.Select(AddressOf).Where(address => address != cluster.SelfAddress).ToArray();
        if (others.Length > 0) cluster.JoinSeedNodes(others);
        var began = time.GetTimestamp();
        while (!_up.Task.IsCompleted)
        {
            if (await Asking(_right.TryAlone, false))
            {
                // Asks the others once more: a database that was started anew has forgotten its locks.
                if (others.Length > 0) cluster.JoinSeedNodes([cluster.SelfAddress, .. others]);
                else cluster.Join(cluster.SelfAddress);
                await _up.Task;
                break;
            }
            if (others.Length == 0 && time.GetElapsedTime(began) > FormationRight.DeadAfter && await Asking(_right.Holders, []) is { Count: > 0 } members) throw new ClusterElsewhereException(members);

            // Connections that were half made while everybody was busy do not heal by themselves.
            if (time.GetElapsedTime(began) > Patience) throw new MemberGivenUpException($"nobody has let it in for {Patience.TotalSeconds:0} s");
            await Task.WhenAny(_up.Task, Task.Delay(Pause, time, _end.Token));
            _end.Token.ThrowIfCancellationRequested();
        }
        _sharing = Share(_right);
    }

    /// <summary>Gives up the part in the right to form a cluster; the process is no member any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _sharing;
        if (_right is not null) await _right.DisposeAsync();
        _end.Dispose();
    }

    // For as long as it is a member: a connection that broke took the lock with it.
    private async Task Share(FormationRight right)
    {
        try
        {
            while (true)
            {
                await Asking(right.TryShare, false);
                await Task.Delay(Pause, time, _end.Token);
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // It was a member.
        }
    }

    private async Task<T> Asking<T>(Func<CancellationToken, Task<T>> question, T otherwise)
    {
        try
        {
            return await question(_end.Token);
        }
        catch (NpgsqlException fault)
        {
            LogUnanswered(logger, fault.Message);
            return otherwise;
        }
    }

    private static Address AddressOf(string seed) => Address.Parse(RemoteSettings.AddressOf(seed));

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database does not say who is a member; it is asked again: {Fault}")]
    private static partial void LogUnanswered(ILogger logger, string fault);
}

/// <summary>A control plane that was told of no other was started where a cluster lives. The message is for the user.</summary>
public sealed class ClusterElsewhereException(IReadOnlyList<string> members)
    : Exception($"Control planes work on this database already, at {string.Join(", ", members)}. To join them: {string.Join(' ', members.Select(member => $"--seed {member}"))}");
