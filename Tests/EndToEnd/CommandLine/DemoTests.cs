using ControlPlane.CommandLine;
using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.CommandLine;

/// <summary>
/// The demo is the story users care about, and it verifies every step itself: no failed request over scaling, rollout and undo; a stuck rollout that stops; a node's
/// agent and containers killed; the control plane killed and started again with the same objects at the same resourceVersions.
/// </summary>
[Collection(nameof(TemporaryCluster))]
public sealed class DemoTests
{
    [RootFact]
    public async Task Demo_verifies_every_step_of_its_story() => Assert.Equal(0, await ActorsCommand.Run(["demo"]));
}
