using NodeActor.CommandLine;
using Xunit;

namespace Tests.Unit.CommandLine;

public sealed class NodeCommandTests
{
    private const string Required = "--name n --seed 10.98.0.254:6500 --certificate n.pem --authority ca.crt";

    [Theory]
    [InlineData("", true)]
    [InlineData("--count 1000 --runtime hollow", true)]
    [InlineData("--label zone=a --label rack=7", true)]
    [InlineData("--count 1 --runtime hollow", true)]
    [InlineData("--count 2", false)]
    [InlineData("--count 0", false)]
    [InlineData("--label zone", false)]
    [InlineData("--address here", false)]
    public void Command_line_is_understood_or_refused(string line, bool understood) =>
        Assert.Equal(understood, NodeCommand.Build().Parse($"{Required} {line}").Errors.Count == 0);
}
