namespace ControlPlane.Membership;

/// <summary>
/// The shards that this process hosts, as their beacons tell. Any thread may ask. A shard that moves away is not hosted from the moment its actors are told to leave.
/// </summary>
public sealed class HostedShards
{
    private long _shards;

    /// <summary>The hosted shards, a bit each.</summary>
    public long Set => Volatile.Read(ref _shards);

    /// <summary>A shard has come here. Handlers hand over and return.</summary>
    public event Action<int>? Came;

    /// <summary>A shard has come or gone. Handlers hand over and return.</summary>
    public event Action? Changed;

    /// <summary>Whether this process hosts the shard.</summary>
    public bool Contains(int shard) => (Set & (1L << shard)) != 0;

    internal void Add(int shard)
    {
        if ((Interlocked.Or(ref _shards, 1L << shard) & (1L << shard)) != 0) return;
        Came?.Invoke(shard);
        Changed?.Invoke();
    }

    internal void Remove(int shard)
    {
        Interlocked.And(ref _shards, ~(1L << shard));
        Changed?.Invoke();
    }
}
