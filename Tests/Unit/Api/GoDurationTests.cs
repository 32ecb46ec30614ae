using Shared.Api;
using Xunit;

namespace Tests.Unit.Api;

public sealed class GoDurationTests
{
    [Theory]
    [InlineData(0, "0s")]
    [InlineData(15, "15s")]
    [InlineData(15.0309, "15.031s")]
    [InlineData(0.25, "0.25s")]
    [InlineData(59.9999, "1m0s")]
    [InlineData(60.5, "1m0.5s")]
    [InlineData(3600, "1h0m0s")]
    [InlineData(5025, "1h23m45s")]
    public void Duration_is_written_as_Go_does_and_read_again(double seconds, string text)
    {
        Assert.Equal(text, GoDuration.Write(TimeSpan.FromSeconds(seconds)));
        Assert.Equal(seconds, GoDuration.Read(text)!.Value.TotalSeconds, 3);
    }
}
