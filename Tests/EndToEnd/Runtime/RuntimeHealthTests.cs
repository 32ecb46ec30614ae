using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.Runtime;

/// <summary>A containerd of its own, since it is killed.</summary>
public sealed class RuntimeHealthTests(ContainerdFixture containerd) : IClassFixture<ContainerdFixture>
{
    [RootFact]
    public async Task Death_of_containerd_and_its_return_are_told_and_pods_start_again_afterwards()
    {
        await using var node = NodeUnderTest.Start(containerd);
        await node.UntilRuntime(works: true);
        await containerd.KillContainerd();
        Assert.StartsWith("container runtime is down: ", await node.UntilRuntime(works: false), StringComparison.Ordinal);

        await containerd.StartContainerd();
        await node.UntilRuntime(works: true);
        var pod = TestPod.Script("after", "trap 'exit 0' TERM; while true; do sleep 0.1; done");
        node.Desire(pod);
        await node.UntilReady(pod);
        node.Delete(pod, 1);
        await node.UntilStopped(pod);
    }
}
