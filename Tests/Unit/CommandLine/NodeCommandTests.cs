using NodeActor.CommandLine;
using Xunit;

namespace Tests.Unit.CommandLine;

public sealed class NodeCommandTests
{
    private const string Required = "--name n --seed 10.98.0.254:6500 --certificate n.pem --authority ca.crt";

    [Theory]
    [InlineData("", 0)]
    [InlineData("--count 1000 --runtime hollow", 0)]
    [InlineData("--label zone=a --label rack=7", 0)]
    [InlineData("--count 2", 1)]
    [InlineData("--count 0", 1)]
    [InlineData("--label zone", 1)]
    [InlineData("--address here", 1)]
    public void Command_line_is_understood_or_refused(string line, int errors) =>
        Assert.Equal(errors, NodeCommand.Build().Parse($"{Required} {line}").Errors.Count);
}
