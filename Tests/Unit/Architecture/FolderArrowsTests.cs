using System.Text.RegularExpressions;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Architecture;

/// <summary>The folders of the product import each other one way only: no two of them, and no longer round, lead back to where they began.</summary>
public sealed partial class FolderArrowsTests
{
    [Fact]
    public void No_folder_imports_one_that_leads_back_to_it()
    {
        var arrows = Arrows();
        Assert.Contains(("ControlPlane.Journal", "ControlPlane.Objects"), arrows);
        var circular = arrows.Where(arrow => Reaches(arrows, arrow.To, arrow.From)).Order().ToArray();
        Assert.True(circular.Length == 0, $"These imports close a circle: {string.Join(", ", circular.Select(arrow => $"{arrow.From} -> {arrow.To}"))}");
    }

    [Fact]
    public void A_circle_is_found_whatever_its_length()
    {
        HashSet<(string From, string To)> arrows = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")];
        Assert.True(Reaches(arrows, "b", "a"));
        Assert.False(Reaches(arrows, "d", "c"));
    }

    private static bool Reaches(IReadOnlyCollection<(string From, string To)> arrows, string from, string to)
    {
        var (seen, open) = (new HashSet<string>(), new Stack<string>([from]));
        while (open.TryPop(out var at))
        {
            if (at == to) return true;
            if (!seen.Add(at)) continue;
            foreach (var arrow in arrows)
            {
                if (arrow.From == at) open.Push(arrow.To);
            }
        }
        return false;
    }

    private static HashSet<(string From, string To)> Arrows()
    {
        var root = Checkout.Path();
        var arrows = new HashSet<(string From, string To)>();
        foreach (var project in (ReadOnlySpan<string>)["ControlPlane", "NodeActor", "Shared"])
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(root, project), "*.cs", SearchOption.AllDirectories))
            {
                var parts = Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar);
                if (parts.Length < 3 || parts[1] is "obj" or "bin") continue;
                var from = $"{parts[0]}.{parts[1]}";
                foreach (Match used in Using().Matches(File.ReadAllText(file)))
                {
                    if (used.Groups[1].Value != from) arrows.Add((from, used.Groups[1].Value));
                }
            }
        }
        return arrows;
    }

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?((?:ControlPlane|NodeActor|Shared)\.\w+)", RegexOptions.Multiline)]
    private static partial Regex Using();
}
