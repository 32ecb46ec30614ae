using ControlPlane.CommandLine;
using ControlPlane.CommandLine.Clusters;
using Xunit;

namespace Tests.Unit.CommandLine;

public sealed class ClusterPlanTests
{
    private static readonly ClusterFolder Folder = new("/somewhere/data");
    private static readonly ClusterDescription Empty = new(Folder.Id, ClusterRuntime.Containerd, 6443, 6500, 6600, "10.98.7.0/24", null, null, []);

    [Fact]
    public void Again_without_a_wish_changes_nothing()
    {
        var cluster = ClusterPlan.Again(Folder, Empty, new ClusterWish(Nodes: 3));

        Assert.Equal(cluster, ClusterPlan.Again(Folder, cluster, new ClusterWish()));
        Assert.Equal(cluster, ClusterPlan.Again(Folder, cluster, new ClusterWish(Nodes: 1)));
    }

    [Fact]
    public void Again_adds_nodes_after_those_there_are()
    {
        var three = ClusterPlan.Again(Folder, Empty, new ClusterWish(Nodes: 3));
        var five = ClusterPlan.Again(Folder, three, new ClusterWish(Nodes: 5));

        Assert.Equal(["node-1", "node-2", "node-3", "node-4", "node-5"], five.Nodes.Select(node => node.Name));
        Assert.Equal("10.98.7.5", five.Nodes[4].Address);
        Assert.Equal("10.98.7.254", five.ControlPlaneAddress);
    }

    [Fact]
    public void Again_refuses_what_contradicts_the_running_cluster()
    {
        ClusterWish[] wishes = [new(Port: 7443), new(Runtime: ClusterRuntime.Hollow), new(Database: "Host=other"), new(NodeLeaseGrace: "1h")];

        Assert.All(wishes, wish => Assert.Throws<CommandFailedException>(() => ClusterPlan.Again(Folder, Empty, wish)));
        Assert.Throws<CommandFailedException>(() => ClusterPlan.Again(Folder, Empty, new ClusterWish(Nodes: 251)));
    }

    [Fact]
    public void Again_refuses_more_hollow_nodes_than_their_process_was_started_with()
    {
        var hollow = ClusterPlan.Again(Folder, Empty, new ClusterWish(Nodes: 2)) with { Runtime = ClusterRuntime.Hollow };

        Assert.Equal(hollow, ClusterPlan.Again(Folder, hollow, new ClusterWish(Nodes: 2)));
        var refusal = Assert.Throws<CommandFailedException>(() => ClusterPlan.Again(Folder, hollow, new ClusterWish(Nodes: 3)));
        Assert.Contains("2 hollow nodes", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_verb_the_help_of_actors_is_shown()
    {
        var output = new StringWriter();

        Assert.Equal(0, await ActorsCommand.Build().Parse("").InvokeAsync(new() { Output = output }));

        Assert.Contains("actors [command]", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("ControlPlane", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_fit_the_kernels_limit_for_interfaces()
    {
        var cluster = ClusterPlan.Again(Folder, Empty, new ClusterWish(Nodes: ClusterDescription.MaxContainerdNodes));

        Assert.All(cluster.Nodes, node => Assert.InRange(cluster.Cable(node).Length, 1, 15));
        Assert.All(cluster.Nodes, node => Assert.InRange(Folder.ContainerdSocket(node).Length + ".ttrpc".Length, 1, 107));
    }

    [Fact]
    public void Folders_that_differ_have_different_names_on_the_machine() =>
        Assert.NotEqual(new ClusterFolder("/somewhere/data").Id, new ClusterFolder("/somewhere/else").Id);

    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("6s", 6)]
    [InlineData("6", 6)]
    [InlineData("2m", 120)]
    [InlineData("1.5h", 5400)]
    public void Duration_reads_units(string text, double seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), ClusterOptions.Duration(text));

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("-1s")]
    [InlineData("5d")]
    public void Duration_refuses_anything_else(string text) => Assert.Throws<CommandFailedException>(() => ClusterOptions.Duration(text));

    [Theory]
    [InlineData("up --nodes 5 --port 7443 --data /d --runtime hollow", true)]
    [InlineData("down --data /d", true)]
    [InlineData("image import f.tar --data /d", true)]
    [InlineData("serve --seed 10.0.0.1:6500 --seed 10.0.0.2:6500 --node-lease-grace 1h", true)]
    [InlineData("", true)]
    [InlineData("--port 7443", false)]
    [InlineData("up --port 65535 --nodes 1", true)]
    [InlineData("up --port 65536", false)]
    [InlineData("up --port 99999", false)]
    [InlineData("up --port 0", false)]
    [InlineData("serve --remote-port 70000", false)]
    [InlineData("serve --port -1", false)]
    [InlineData("up --database Host=db;Database=actors", true)]
    [InlineData("up --database nonsense=1", false)]
    [InlineData("serve --database nowhere", false)]
    [InlineData("up --control-planes 1", true)]
    [InlineData("up --control-planes 3 --database Host=db;Database=actors", true)]
    [InlineData("up --control-planes 5", true)]
    [InlineData("up --control-planes 2", false)]
    [InlineData("up --control-planes 4", false)]
    [InlineData("up --control-planes 7", false)]
    [InlineData("up --control-planes 0", false)]
    [InlineData("serve --balancer api.example:443", true)]
    [InlineData("backup file", true)]
    [InlineData("backup file --keys --database Host=db;Database=actors", true)]
    [InlineData("backup", false)]
    [InlineData("restore file --exact --control-planes 3", true)]
    [InlineData("restore file --control-planes 2", false)]
    [InlineData("restore file --database nonsense=1", false)]
    [InlineData("up --nodes 0", false)]
    [InlineData("up --nodes -1", false)]
    [InlineData("up --runtime docker", false)]
    [InlineData("sideways", false)]
    public void Command_line_is_understood_or_refused(string line, bool understood) => Assert.Equal(understood, ActorsCommand.Build().Parse(line).Errors.Count == 0);
}
