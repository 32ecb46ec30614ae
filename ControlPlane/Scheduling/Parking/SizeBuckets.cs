using System.Numerics;

namespace ControlPlane.Scheduling.Parking;

/// <summary>
/// Classes of parked pods by how much CPU one of them asks for, in powers of two, and by urgency within each: the most urgent class that fits
/// into some room is found without looking at those that are too large.
/// </summary>
internal sealed class SizeBuckets
{
    private readonly SortedSet<ParkedClass>?[] _buckets = new SortedSet<ParkedClass>?[65];

    public int Count { get; private set; }

    public void Add(ParkedClass parked)
    {
        if ((_buckets[BucketOf(parked)] ??= new(ByUrgency.Instance)).Add(parked)) Count++;
    }

    public void Remove(ParkedClass parked)
    {
        if (_buckets[BucketOf(parked)]?.Remove(parked) == true) Count--;
    }

    /// <summary>The buckets with classes that may ask for no more than this, each in order of urgency.</summary>
    public IEnumerable<SortedSet<ParkedClass>> UpTo(long milliCpu)
    {
        for (var i = 0; i <= BitLength(Math.Max(0, milliCpu)); i++)
        {
            if (_buckets[i] is { Count: > 0 } bucket) yield return bucket;
        }
    }

    private static int BucketOf(ParkedClass parked) => BitLength(Math.Max(0, parked.Demand.Requests.MilliCpu));

    private static int BitLength(long amount) => 64 - BitOperations.LeadingZeroCount((ulong)amount);

    private sealed class ByUrgency : IComparer<ParkedClass>
    {
        public static readonly ByUrgency Instance = new();

        public int Compare(ParkedClass? x, ParkedClass? y) => Urgency.Instance.Compare(x!.First, y!.First);
    }
}
