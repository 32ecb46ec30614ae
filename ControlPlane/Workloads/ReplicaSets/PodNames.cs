using ControlPlane.Objects;

namespace ControlPlane.Workloads.ReplicaSets;

/// <summary>
/// Names for new pods, <c>{set}-xxxxx</c>. They look random but follow from what the plan was made of, so that a plan made twice of the same
/// state asks for the same pods, and the second time none is made.
/// </summary>
internal static class PodNames
{
    private const int Letters = 5;
    private const int LongestName = 253;

    /// <param name="set">The ReplicaSet's name.</param>
    /// <param name="uid">Its uid.</param>
    /// <param name="revision">The revision of the view the plan is made of.</param>
    /// <param name="count">How many names are wanted.</param>
    /// <param name="taken">Whether there is a pod of this name.</param>
    public static IEnumerable<string> Take(string set, string uid, long revision, int count, Func<string, bool> taken)
    {
        var stem = set.Length > LongestName - Letters - 1 ? set[..(LongestName - Letters - 1)] : set;
        var seed = Seed(uid) ^ (ulong)revision * 0x9E3779B97F4A7C15;
        var given = new HashSet<string>(StringComparer.Ordinal);
        while (given.Count < count)
        {
            var name = $"{stem}-{Suffix(Mix(seed += 0x9E3779B97F4A7C15))}";
            if (!taken(name) && given.Add(name)) yield return name;
        }
    }

    /// <summary>The letters behind a name that follow from its owner and a number alone.</summary>
    /// <param name="uid">The owner's uid.</param>
    /// <param name="family">Tells numbers of one owner apart that are counted separately.</param>
    /// <param name="number">Which of the names.</param>
    public static string Suffix(string uid, long family, long number) => Suffix(Mix(Mix(Seed(uid) + ((ulong)family * 0x9E3779B97F4A7C15)) + ((ulong)number * 0x9E3779B97F4A7C15)));

    private static string Suffix(ulong random) => string.Create(Letters, random, static (letters, left) =>
    {
        foreach (ref var letter in letters)
        {
            letter = GeneratedName.Alphabet[(int)(left % (ulong)GeneratedName.Alphabet.Length)];
            left /= (ulong)GeneratedName.Alphabet.Length;
        }
    });

    private static ulong Seed(string uid)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in uid) hash = (hash ^ letter) * 1099511628211UL;
        return hash;
    }

    // SplitMix64's finaliser: neighbouring seeds give unrelated names.
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
