using k8s.Models;
using NodeActor.Agent;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Api;

public sealed class KubernetesReleaseTests
{
    [Fact]
    public void Release_is_the_one_the_models_were_generated_from() => Assert.Equal(GeneratedModelVersion.SwaggerVersion, KubernetesRelease.Version);

    [Fact]
    public void Server_reports_it() => Assert.Contains(KubernetesRelease.Version, System.Text.Encoding.UTF8.GetString(TestCatalogue.Default.Discovery.Find("/version")!.Body.Span), StringComparison.Ordinal);

    [Fact]
    public void Node_reports_it()
    {
        var node = NodeDescription.Create(new AgentOptions(new("n1")) { Address = "10.0.0.1" }, NodeCapacity.Hollow, "test://1");
        Assert.Equal(KubernetesRelease.Version, (string?)node["status"]!["nodeInfo"]!["kubeletVersion"]);
    }
}
