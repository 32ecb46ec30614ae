using System.Text.Json;
using ControlPlane.CommandLine;
using ControlPlane.CommandLine.Backups;
using ControlPlane.CommandLine.Clusters;
using Xunit;

namespace Tests.Unit.CommandLine;

/// <summary>Several control planes: where they are, what they are told, and which wishes are refused.</summary>
public sealed class MemberPlanTests : IDisposable
{
    private static readonly ClusterDescription Real = new("abc123", ClusterRuntime.Containerd, 6443, 6500, 6600, "10.98.7.0/24", null, null, []);
    private static readonly ClusterDescription Hollow = Real with { Runtime = ClusterRuntime.Hollow, Subnet = "" };
    private readonly ClusterFolder _folder = new(Directory.CreateTempSubdirectory("plan-").FullName);

    public void Dispose() => Directory.Delete(_folder.Path, recursive: true);

    [Fact]
    public void Members_of_real_nodes_have_addresses_of_their_own_and_the_same_ports()
    {
        var cluster = MemberPlan.WithMembers(Real, 5);

        Assert.Equal(["cp-1", "cp-2", "cp-3", "cp-4", "cp-5"], cluster.Members.Select(member => member.Name));
        Assert.All(cluster.Members, member => Assert.Equal((6443, 6500, 6600), (member.Port, member.RemotePort, member.AgentPort)));
        var taken = Enumerable.Range(1, ClusterDescription.MaxContainerdNodes).Select(index => cluster.NewNode(index).Address).Append(cluster.ControlPlaneAddress);
        Assert.Empty(cluster.Members.Select(member => member.Address).Intersect(taken));
        Assert.Equal(5, cluster.Members.Select(member => member.Address).Distinct().Count());
        Assert.All(cluster.Members, member => Assert.InRange(cluster.Cable(member).Length, 1, 15));
    }

    [Fact]
    public void Members_of_hollow_nodes_share_loopback_with_ports_of_their_own()
    {
        var cluster = MemberPlan.WithMembers(Hollow, 5);

        Assert.All(cluster.Members, member => Assert.Equal("127.0.0.1", member.Address));
        var ports = cluster.Members.SelectMany(member => (int[])[member.Port, member.RemotePort, member.AgentPort]).Append(cluster.Port).ToArray();
        Assert.Equal(ports.Length, ports.Distinct().Count());
        var first = ports[0];
        Assert.DoesNotContain(first, MemberPlan.WithMembers(Hollow with { Port = first }, 5).Members.SelectMany(member => (int[])[member.Port, member.RemotePort, member.AgentPort]));
    }

    [Fact]
    public void Members_that_are_there_keep_their_places_when_more_come()
    {
        var three = MemberPlan.WithMembers(Real, 3);
        var five = ClusterPlan.Again(_folder, three, new ClusterWish(ControlPlanes: 5));

        Assert.Equal(three.Members, five.Members.Take(3));
        Assert.Equal(three, ClusterPlan.Again(_folder, three, new ClusterWish()));
        Assert.Equal(three, ClusterPlan.Again(_folder, three, new ClusterWish(ControlPlanes: 3)));
    }

    [Fact]
    public void Every_process_is_told_of_every_member()
    {
        var cluster = ClusterPlan.Again(_folder, MemberPlan.WithMembers(Real, 3), new ClusterWish(Nodes: 1));
        var second = ClusterProcesses.MemberCommand(_folder, cluster, cluster.Members[1]);
        var agent = ClusterProcesses.AgentCommand(_folder, cluster, cluster.Nodes[0], "node.pem", "ca.crt");

        Assert.Equal(cluster.Members.Select(member => $"{member.Address}:6500"), Values(second, "--seed"));
        Assert.Equal(cluster.Members.Select(member => $"{member.Address}:6600"), Values(agent, "--seed"));
        Assert.Equal([$"{cluster.ControlPlaneAddress}:6443"], Values(second, "--balancer"));
        Assert.Equal([_folder.MemberFolder(cluster.Members[1])], Values(second, "--data"));
        Assert.Equal("nsenter", second[0]);
    }

    [Fact]
    public void One_control_plane_is_started_as_ever()
    {
        var command = ClusterProcesses.MemberCommand(_folder, Hollow, Hollow.ControlPlanes.Single());

        Assert.Equal("control-plane", ClusterProcesses.Member(Hollow, Hollow.ControlPlanes.Single()));
        Assert.Equal([_folder.Path], Values(command, "--data"));
        Assert.Equal(["6443"], Values(command, "--port"));
        Assert.DoesNotContain("--seed", command);
        Assert.DoesNotContain("--balancer", command);
        Assert.False(Hollow.HasPrivateDatabase);
    }

    [Fact]
    public void Description_from_before_there_were_members_is_that_of_one_control_plane()
    {
        var old = JsonSerializer.Deserialize<ClusterDescription>(
            """{"id":"abc123","runtime":"Hollow","port":6443,"remotePort":6500,"agentPort":6600,"subnet":"","nodes":[]}""", new JsonSerializerOptions(JsonSerializerDefaults.Web))!;

        Assert.True(old.IsAlone);
        Assert.Equal(new ClusterMember(1, "127.0.0.1", 6443, 6500, 6600), old.ControlPlanes.Single());
    }

    [Fact]
    public async Task Objects_in_a_sqlite_file_are_not_left_behind()
    {
        Assert.Contains("SQLite", Refusal(Hollow, new(ControlPlanes: 3)).Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(_folder.SqliteFile, "");
        var stopped = await Assert.ThrowsAsync<CommandFailedException>(() => ClusterPlan.Restart(_folder, Hollow, new(ControlPlanes: 3), CancellationToken.None));
        Assert.Contains($"actors restore FILE --exact --control-planes 3 --data {_folder.Path}", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Objects_in_a_private_server_are_not_left_behind()
    {
        var three = MemberPlan.WithMembers(Hollow, 3);

        Assert.Contains("PostgreSQL", Refusal(three, new(ControlPlanes: 1)).Message, StringComparison.Ordinal);
        var stopped = await Assert.ThrowsAsync<CommandFailedException>(() => ClusterPlan.Restart(_folder, three, new(ControlPlanes: 1), CancellationToken.None));
        Assert.Contains($"actors restore FILE --exact --control-planes 1 --data {_folder.Path}", stopped.Message, StringComparison.Ordinal);
        Assert.Equal(5, (await ClusterPlan.Restart(_folder, three, new(ControlPlanes: 5), CancellationToken.None)).Members.Length);
        Assert.Equal(3, (await ClusterPlan.Restart(_folder, three, new(), CancellationToken.None)).Members.Length);
    }

    [Fact]
    public void Running_control_planes_are_not_taken_away_nor_put_beside_one_that_has_the_balancers_address()
    {
        Assert.Contains("Stop it first", Refusal(MemberPlan.WithMembers(Hollow, 5), new(ControlPlanes: 3)).Message, StringComparison.Ordinal);
        Assert.Contains("Stop it first", Refusal(Hollow with { Database = "Host=db" }, new(ControlPlanes: 3)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cluster_whose_objects_were_moved_is_found_by_a_later_up()
    {
        // A folder in which none was ever up, and one whose cluster was alone on SQLite.
        await File.WriteAllTextAsync(_folder.SqliteFile, "");
        foreach (var known in (ClusterDescription?[])[null, Hollow])
        {
            var three = ClusterPlan.Moved(_folder, known, null, 3);
            Assert.True(three.HasPrivateDatabase);
            Assert.NotEmpty(ClusterProcesses.MemberCommand(_folder, three, three.Members[0]));
            Assert.True((await ClusterPlan.Restart(_folder, three, new(Runtime: ClusterRuntime.Hollow), CancellationToken.None)).HasPrivateDatabase);
            var back = await ClusterPlan.Restart(_folder, ClusterPlan.Moved(_folder, three, null, 1), new(Runtime: ClusterRuntime.Hollow), CancellationToken.None);
            Assert.Equal((true, null), (back.IsAlone, back.Database));
            var own = await ClusterPlan.Restart(_folder, ClusterPlan.Moved(_folder, known, "Host=db", 1), new(Runtime: ClusterRuntime.Hollow, ControlPlanes: 3), CancellationToken.None);
            Assert.Equal((3, "Host=db"), (own.Members.Length, own.Database));
        }
    }

    [Fact]
    public void Restore_puts_objects_where_the_cluster_has_them_or_where_the_wish_says()
    {
        var three = MemberPlan.WithMembers(Hollow, 3);
        Assert.Equal(DatabasePlace.Sqlite, DatabasePlace.Choose(null, null, null));
        Assert.Equal(DatabasePlace.Sqlite, DatabasePlace.Choose(three, null, 1));
        Assert.Equal(DatabasePlace.Private, DatabasePlace.Choose(three, null, null));
        Assert.Equal(DatabasePlace.Private, DatabasePlace.Choose(Hollow, null, 5));
        Assert.Equal(new DatabasePlace("Host=db"), DatabasePlace.Choose(three, "Host=db", null));
        Assert.Equal(new DatabasePlace("Host=db"), DatabasePlace.Choose(Hollow with { Database = "Host=db" }, null, null));
        Assert.Contains("tell it to up", Assert.Throws<CommandFailedException>(() => DatabasePlace.Choose(null, "Host=db", 3)).Message, StringComparison.Ordinal);
        Assert.Contains("another --data", Assert.Throws<CommandFailedException>(() => DatabasePlace.Choose(Hollow with { Database = "Host=db" }, null, 3)).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", new DatabasePlace("Host=db;Database=a;Username=u;Password=secret").Words(_folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=localhost;Database=a", false)]
    [InlineData("Host=127.0.0.1;Database=a", false)]
    [InlineData("Database=a", false)]
    [InlineData("Host=db,127.0.0.2;Database=a", false)]
    [InlineData("Host=10.1.2.3;Database=a", true)]
    [InlineData("Host=/var/run/postgresql;Database=a", true)]
    public void A_database_must_be_in_reach_of_members_in_networks_of_their_own(string database, bool reached)
    {
        Assert.Equal(3, MemberPlan.WithMembers(Hollow with { Database = database }, 3).Members.Length);
        var plan = () => MemberPlan.WithMembers(Real with { Database = database }, 3);
        if (reached) Assert.False(plan().HasPrivateDatabase);
        else Assert.Contains("loopback", Assert.Throws<CommandFailedException>(plan).Message, StringComparison.Ordinal);
    }

    private CommandFailedException Refusal(ClusterDescription cluster, ClusterWish wish) => Assert.Throws<CommandFailedException>(() => ClusterPlan.Again(_folder, cluster, wish));

    private static IEnumerable<string> Values(string[] command, string option) => command.Zip(command.Skip(1)).Where(pair => pair.Item1 == option).Select(pair => pair.Item2);
}
