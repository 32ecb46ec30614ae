namespace Tests.Chaos.Checking;

/// <summary>Draws from what a test has generated.</summary>
internal static class Picking
{
    /// <summary>One of them; null if there are none.</summary>
    public static T? Pick<T>(this Random random, IEnumerable<T> from)
        where T : class
    {
        var all = from.ToArray();
        return all.Length == 0 ? null : all[random.Next(all.Length)];
    }
}
