using ControlPlane.Gateway;
using Xunit;

namespace Tests.Unit.Gateway;

public sealed class WarningHeadersTests
{
    [Theory]
    [InlineData("unknown field \"spec.foo\"", "299 - \"unknown field \\\"spec.foo\\\"\"")]
    [InlineData("back\\slash", "299 - \"back\\\\slash\"")]
    [InlineData("größe 容量", "299 - \"größe 容量\"")]
    [InlineData("line\r\nSet-Cookie: a=b", "299 - \"line\\\\u000d\\\\u000aSet-Cookie: a=b\"")]
    [InlineData("nul\0del\u007f", "299 - \"nul\\\\u0000del\\\\u007f\"")]
    public void Warning_of_any_text_is_a_header_without_control_characters(string warning, string expected) =>
        Assert.Equal([expected], Sent(warning));

    [Fact]
    public void Half_of_a_surrogate_pair_is_replaced() => Assert.Equal(["299 - \"a\ufffd\""], Sent("a\ud83d"));

    [Fact]
    public void Same_warning_is_given_once() => Assert.Single(Sent("again", "again"));

    [Fact]
    public void Many_and_long_warnings_stay_within_the_bound()
    {
        var sent = Sent([.. Enumerable.Range(0, 1000).Select(i => $"{i} {new string('x', 1000)}")]);

        Assert.InRange(sent.Sum(text => text.Length), 1, WarningHeaders.MostInAll);
        Assert.StartsWith("299 - \"0 xxx", sent[0], StringComparison.Ordinal);
    }

    private static string[] Sent(params string[] warnings)
    {
        var http = new DefaultHttpContext();
        WarningHeaders.Add(http.Response, warnings);
        return [.. http.Response.Headers["Warning"].OfType<string>()];
    }
}
