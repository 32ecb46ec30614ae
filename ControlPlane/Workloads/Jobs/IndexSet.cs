using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace ControlPlane.Workloads.Jobs;

/// <summary>
/// A set of completion indexes as ordered ranges: costs as much as it has gaps, however many indexes there are. Written as
/// <c>status.completedIndexes</c> is: <c>1,3-5,7,8</c>.
/// </summary>
public sealed class IndexSet
{
    private readonly ImmutableArray<(int First, int Last)> _ranges;

    private IndexSet(ImmutableArray<(int First, int Last)> ranges) => (_ranges, Count) = (ranges, ranges.Sum(range => range.Last - range.First + 1));

    public static IndexSet Empty { get; } = new([]);

    /// <summary>How many indexes it has.</summary>
    public int Count { get; }

    /// <summary>What a text names, and why it names nothing otherwise. Ranges must stand in order and not touch the same index twice.</summary>
    public static (IndexSet Set, string? Fault) Parse(string text, int limit = int.MaxValue)
    {
        if (text.Length == 0) return (Empty, null);
        var ranges = ImmutableArray.CreateBuilder<(int First, int Last)>();
        var behind = -1;
        foreach (var part in text.Split(','))
        {
            var ends = part.Split('-');
            if (ends.Length > 2) return (Empty, $"the fragment \"{part}\" violates the requirement that an index interval can have at most two parts separated by '-'");
            if (!Number(ends[0], out var first)) return (Empty, $"cannot convert string to integer for index: \"{ends[0]}\"");
            var last = first;
            if (ends.Length == 2 && !Number(ends[1], out last)) return (Empty, $"cannot convert string to integer for index: \"{ends[1]}\"");
            if (ends.Length == 2 && first >= last) return (Empty, $"non-increasing order, previous: {first}, current: {last}");
            if (first <= behind) return (Empty, $"non-increasing order, previous: {behind}, current: {first}");
            if (last >= limit) return (Empty, $"too large index: \"{last}\"");
            behind = last;
            Append(ranges, (first, last));
        }
        return (new(ranges.DrainToImmutable()), null);
    }

    /// <summary>The indexes below a limit that a stored text names; what can't be read names none.</summary>
    public static IndexSet Read(string text, int limit) => Parse(text).Set.Below(limit);

    public bool Contains(int index)
    {
        var (low, high) = (0, _ranges.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (_ranges[middle].Last < index) low = middle + 1;
            else if (_ranges[middle].First > index) high = middle - 1;
            else return true;
        }
        return false;
    }

    /// <summary>This set and some more indexes.</summary>
    public IndexSet With(IEnumerable<int> more)
    {
        var added = more.Where(index => !Contains(index)).Distinct().Select(index => (First: index, Last: index)).ToArray();
        if (added.Length == 0) return this;
        var ranges = ImmutableArray.CreateBuilder<(int First, int Last)>();
        foreach (var range in _ranges.Concat(added).OrderBy(range => range.First)) Append(ranges, range);
        return new(ranges.DrainToImmutable());
    }

    /// <summary>The indexes less than a limit.</summary>
    public IndexSet Below(int limit) => _ranges.Length == 0 || _ranges[^1].Last < limit
        ? this
        : new([.. _ranges.Where(range => range.First < limit).Select(range => (range.First, Math.Min(range.Last, limit - 1)))]);

    /// <summary>How many indexes two sets share.</summary>
    public int Shared(IndexSet other)
    {
        var (shared, mine, theirs) = (0, 0, 0);
        while (mine < _ranges.Length && theirs < other._ranges.Length)
        {
            var (a, b) = (_ranges[mine], other._ranges[theirs]);
            shared += Math.Max(0, Math.Min(a.Last, b.Last) - Math.Max(a.First, b.First) + 1);
            if (a.Last < b.Last) mine++;
            else theirs++;
        }
        return shared;
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (first, last) in _ranges)
        {
            if (text.Length > 0) text.Append(',');
            text.Append(first.ToString(CultureInfo.InvariantCulture));
            if (first < last) text.Append(first + 1 == last ? ',' : '-').Append(last.ToString(CultureInfo.InvariantCulture));
        }
        return text.ToString();
    }

    private static void Append(ImmutableArray<(int First, int Last)>.Builder ranges, (int First, int Last) next)
    {
        if (ranges.Count > 0 && ranges[^1].Last >= next.First - 1) ranges[^1] = (ranges[^1].First, Math.Max(ranges[^1].Last, next.Last));
        else ranges.Add(next);
    }

    private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
