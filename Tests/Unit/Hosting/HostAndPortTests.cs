using ControlPlane.Hosting;
using Xunit;

namespace Tests.Unit.Hosting;

public sealed class HostAndPortTests
{
    [Theory]
    [InlineData("10.0.0.1:6500", "10.0.0.1", 6500, true)]
    [InlineData("api.example", "api.example", 6443, false)]
    [InlineData("api.example:443", "api.example", 443, false)]
    public void Host_and_port_are_read(string text, string host, int port, bool address)
    {
        var read = HostAndPort.Read(text, 6443)!;

        Assert.Equal((host, port, address), (read.Host, read.Port, read.Address is not null));
    }

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("")]
    [InlineData(":6500")]
    [InlineData("a:")]
    [InlineData("a:0")]
    [InlineData("a:65536")]
    [InlineData("a:-1")]
    [InlineData("a:1:2")]
    [InlineData("a b:1")]
    [InlineData("https://a:1")]
    public void Anything_else_is_refused(string text) => Assert.Null(HostAndPort.Read(text, null));
}
