using ControlPlane.Workloads.Jobs;
using CsCheck;
using Xunit;

namespace Tests.Unit.Workloads.Jobs;

public sealed class IndexSetTests
{
    private static readonly Gen<HashSet<int>> Some = Gen.Int[0, 40].HashSet[0, 25];

    private static IndexSet Of(IEnumerable<int> indexes) => IndexSet.Empty.With(indexes);

    [Fact]
    public void Set_holds_what_it_was_given_and_reads_what_it_writes() => Gen.Select(Some, Some).Sample((first, second) =>
    {
        var both = first.Union(second).ToHashSet();
        var set = Of(first).With(second);
        Assert.Equal(both.Order(), Enumerable.Range(0, 50).Where(set.Contains));
        Assert.Equal(both.Count, set.Count);
        Assert.Equal(set.ToString(), IndexSet.Parse(set.ToString()).Set.ToString());
        Assert.Equal(first.Intersect(second).Count(), Of(first).Shared(Of(second)));
        Assert.Equal(both.Count(index => index < 20), set.Below(20).Count);
    }, iter: 2000);

    [Theory]
    [InlineData("", "")]
    [InlineData("1,3-5,7", "1,3-5,7")]
    [InlineData("0,1,2", "0-2")]
    [InlineData("4-5", "4,5")]
    public void Text_is_written_as_kubernetes_does(string text, string written) => Assert.Equal(written, IndexSet.Parse(text).Set.ToString());

    [Theory]
    [InlineData("1-2-3", "at most two parts")]
    [InlineData("a", "cannot convert string to integer")]
    [InlineData("-1", "cannot convert string to integer")]
    [InlineData("3,2", "non-increasing order")]
    [InlineData("5-4", "non-increasing order")]
    [InlineData("2,2", "non-increasing order")]
    [InlineData("10", "too large index")]
    public void Text_with_a_fault_says_which(string text, string fault) => Assert.Contains(fault, IndexSet.Parse(text, 10).Fault!, StringComparison.Ordinal);
}
