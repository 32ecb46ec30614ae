using k8s;
using k8s.Models;
using Shared.Processes;
using Tests.Cluster.NodeLink;
using Xunit;

namespace Tests.EndToEnd.Clients;

/// <summary>A cluster of three simulated nodes for programs that were not written here, and what such programs are given: a kubeconfig and a namespace.</summary>
public sealed class ClientsCluster : HollowNodes
{
    private const int Nodes = 3;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await StartNodes("client", Nodes);
        await Until("the nodes to be ready", "/api/v1/nodes", list => list!["items"]!.AsArray().Count == Nodes && Ready(list) == Nodes);
    }

    /// <summary>The official client for C#, as an administrator's program has it.</summary>
    public Kubernetes NewClient() => new(KubernetesClientConfiguration.BuildConfigFromConfigFile(Options.KubeconfigFile));

    /// <summary>A namespace that no other test uses.</summary>
    public async Task<string> NewNamespace()
    {
        using var client = NewClient();
        return (await client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new() { GenerateName = "clients-" } })).Metadata.Name;
    }

    /// <summary>Runs <c>kubectl</c> and returns what it printed.</summary>
    /// <exception cref="ProgramFailedException">It failed.</exception>
    public async Task<string> Kubectl(params string[] arguments) => (await ExternalProgram.Run("kubectl", ["--kubeconfig", Options.KubeconfigFile, .. arguments])).Trim();
}

/// <summary>The tests that share it.</summary>
[CollectionDefinition(Name)]
public sealed class ClientsTests : ICollectionFixture<ClientsCluster>
{
    public const string Name = "Clients";
}
