namespace ControlPlane.Membership;

/// <summary>The shards that objects are spread over.</summary>
public static class Shards
{
    /// <summary>How many there are: a set of them is the bits of one number. Fixed for the life of a cluster, as all members must agree on it.</summary>
    public const int Count = 60;

    /// <summary>The set of all.</summary>
    public const long All = (1L << Count) - 1;
}

/// <summary>To a shard: be hosted somewhere, and let your host know that it hosts you.</summary>
/// <param name="Shard">From 0 to <see cref="Shards.Count"/> - 1.</param>
public sealed record TouchShard(int Shard)
{
    private const char Mark = '~';

    /// <summary>The id of the shard's beacon among the shard's entities. No object has one like it.</summary>
    public string EntityId => $"{Mark}{Shard}";

    /// <summary>The shard whose beacon has this id; null: it is none.</summary>
    public static int? ShardOf(string entityId) =>
        entityId.Length > 1 && entityId[0] == Mark && int.TryParse(entityId.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture, out var shard) ? shard : null;
}
