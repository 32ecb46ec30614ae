using System.CommandLine;

namespace ControlPlane.CommandLine;

/// <summary><c>demo</c>: a cluster of three nodes plays through what a user cares about, every step verified.</summary>
internal static class DemoCommand
{
    public static Command Build()
    {
        var command = new Command("demo", "Start a cluster of three nodes, show what it can do, verify every step and clean up.");
        command.SetAction(int (_) => throw new CommandFailedException("The demo is not built yet."));
        return command;
    }
}
