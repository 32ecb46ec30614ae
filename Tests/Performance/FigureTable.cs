using System.Globalization;
using Xunit.Abstractions;

namespace Tests.Performance;

/// <summary>
/// Where benchmarks tell what they measured: one line a figure, as it becomes known, to the test's output and to the file named by <c>ACTORS_FIGURES</c>, which
/// <c>./actors bench</c> shows.
/// </summary>
public sealed class FigureTable(ITestOutputHelper output)
{
    private static readonly string? File = Environment.GetEnvironmentVariable("ACTORS_FIGURES");

    /// <summary>The part of the full size that is run, of 1: <c>ACTORS_BENCH_SCALE</c>. Figures of another size say so by their counts and are not comparable.</summary>
    public static double Scale { get; } = double.Parse(Environment.GetEnvironmentVariable("ACTORS_BENCH_SCALE") ?? "1", CultureInfo.InvariantCulture);

    /// <summary>A count of objects, scaled.</summary>
    public static int Scaled(int count) => Math.Max(1, (int)(count * Scale));

    /// <summary>Writes one figure.</summary>
    /// <param name="work">What was done, with its size.</param>
    /// <param name="figure">What was measured.</param>
    /// <param name="target">What it should be, or nothing.</param>
    /// <param name="cost">The processor time it took, or nothing.</param>
    public void Add(string work, FormattableString figure, string target = "", string cost = "")
    {
        var line = Line(work, figure.ToString(CultureInfo.InvariantCulture), target, cost);
        output.WriteLine(line);
        if (File is null) return;
        using var table = new StreamWriter(File, append: true);
        if (table.BaseStream.Position == 0) table.WriteLine(Line("work", "figure", "target", "processor time"));
        table.WriteLine(line);
    }

    private static string Line(string work, string figure, string target, string cost) => $"{work,-52} {figure,-50} {target,-14} {cost}".TrimEnd();
}
