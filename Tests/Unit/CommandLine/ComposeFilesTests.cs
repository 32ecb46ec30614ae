using ControlPlane.CommandLine.Clusters;
using ControlPlane.CommandLine.Images;
using Tests.Support;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Tests.Unit.CommandLine;

/// <summary>What <c>docker-compose.yml</c> and the files of its services repeat of each other and of the program.</summary>
public sealed class ComposeFilesTests
{
    private static readonly YamlMappingNode Document = Read();

    [Fact]
    public void Services_have_the_addresses_that_others_know_them_by()
    {
        Assert.Equal(string.Join(' ', ControlPlanes()), Environment("control-plane-1", "ACTORS_CONTROL_PLANES"));
        Assert.Equal(string.Join(' ', ControlPlanes()), Environment("node-1", "ACTORS_CONTROL_PLANES"));
        Assert.Equal(Address("balancer"), Environment("control-plane-1", "ACTORS_BALANCER"));
        Assert.Equal(string.Join(' ', Named("node-").Select(name => $"{name}={Address(name)}")), Environment("keys", "ACTORS_NODES"));
        foreach (var name in Named("node-").Concat(Named("control-plane-"))) Assert.Equal(name, (string?)Service(name)["hostname"]);
    }

    [Fact]
    public void Balancer_is_told_what_up_tells_it()
    {
        // Loopback and one address of its own: only the addresses differ from those of a machine's cluster.
        var members = ControlPlanes().Select((address, i) => new ClusterMember(i + 1, address, 6443, 6500, 6600));
        var cluster = new ClusterDescription("", ClusterRuntime.Containerd, 6443, 6500, 6600, "172.30.64.0/24", null, null, [], [.. members]);

        Assert.Equal(
            BalancerConfig.Render(cluster, "/authority/ca.crt", true).Replace(cluster.ControlPlaneAddress, Address("balancer"), StringComparison.Ordinal).TrimEnd(),
            File.ReadAllText(Checkout.Path(".docker", "haproxy.cfg")).TrimEnd());
    }

    [Fact]
    public void Nodes_have_the_containerd_that_up_gives_them() => Assert.Equal(
        ContainerdConfig.Render(new("/var/lib/node/containerd", "/run/containerd", "/run/containerd/containerd.sock", "/var/lib/node/cni"), DemoImages.Pause).TrimEnd(),
        File.ReadAllText(Checkout.Path(".docker", "containerd.toml")).TrimEnd());

    private static string[] ControlPlanes() => [.. Named("control-plane-").Select(Address)];

    private static IEnumerable<string> Named(string prefix) =>
        ((YamlMappingNode)Document["services"]).Children.Keys.Select(key => (string)key!).Where(name => name.StartsWith(prefix, StringComparison.Ordinal));

    private static string Address(string service) => (string)Service(service)["networks"]["default"]["ipv4_address"]!;

    private static string? Environment(string service, string name) => (string?)Service(service)["environment"][name];

    // A service may take what it does not say itself from another place ("<<").
    private static YamlMappingNode Service(string name) => Merged((YamlMappingNode)Document["services"][name]);

    private static YamlMappingNode Merged(YamlMappingNode node)
    {
        var all = new YamlMappingNode(node.Children.Where(pair => (string?)pair.Key != "<<"));
        if (!node.Children.TryGetValue("<<", out var origin)) return all;
        foreach (var (key, value) in Merged((YamlMappingNode)origin).Children) all.Children.TryAdd(key, value);
        return all;
    }

    private static YamlMappingNode Read()
    {
        var stream = new YamlStream();
        using var text = File.OpenText(Checkout.Path("docker-compose.yml"));
        stream.Load(text);
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }
}
