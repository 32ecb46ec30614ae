using System.Collections.Immutable;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using ControlPlane.Access.Pki;
using ControlPlane.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shared.Hosting;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Hosting;

/// <summary>How control planes that share a database become one cluster, and never two.</summary>
[Collection(PostgresTests.Name)]
public sealed class ClusterEntryTests(PostgresServer server) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("entry-").FullName;
    private readonly int[] _ports = ControlPlaneFixture.FreePorts(3);
    private readonly List<(ActorSystem System, ClusterEntry Entry)> _members = [];
    private string _database = "";

    public async Task InitializeAsync() => _database = await server.CreateDatabase();

    public async Task DisposeAsync()
    {
        foreach (var (system, entry) in _members)
        {
            await entry.DisposeAsync();
            await system.Terminate();
        }
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Members_that_start_at_once_form_one_cluster_though_the_first_of_them_is_missing()
    {
        await Task.WhenAll(Enter(1), Enter(2)).WaitAsync(Patience);

        var (one, other) = (Akka.Cluster.Cluster.Get(_members[0].System), Akka.Cluster.Cluster.Get(_members[1].System));
        Assert.Contains(one.State.Members, member => member.UniqueAddress.Equals(other.SelfUniqueAddress));
        Assert.Contains(other.State.Members, member => member.UniqueAddress.Equals(one.SelfUniqueAddress));
    }

    [Fact]
    public async Task Member_that_finds_nobody_waits_while_another_lives_and_forms_a_cluster_when_it_is_gone()
    {
        // It lives, as its connection to the database tells, and answers nobody.
        var silent = new FormationRight(_database, $"127.0.0.1:{_ports[0]}");
        Assert.True(await silent.TryShare(default));
        var entering = Enter(1);
        await Refused($"127.0.0.1:{_ports[1]}", times: 3);
        Assert.False(entering.IsCompleted);
        Assert.Empty(Akka.Cluster.Cluster.Get(_members[0].System).State.Members);

        await silent.DisposeAsync();
        await entering.WaitAsync(Patience);
    }

    private async Task Enter(int index)
    {
        var options = new ControlPlaneOptions
        {
            DataDirectory = _folder, Database = _database, RemotePort = _ports[index], Seeds = [.. _ports.Select(port => $"127.0.0.1:{port}")],
        };
        var pki = ClusterPki.Ensure(_folder, new PkiOptions(), TimeProvider.System);
        var config = ClusterConfiguration.Config
            .WithFallback(RemoteTls.Config).WithFallback(RemoteSettings.Listen("127.0.0.1", options.RemotePort)).WithFallback(RemoteSettings.Config)
            .WithFallback(ConfigurationFactory.ParseString("akka.loglevel = OFF\nakka.stdout-loglevel = OFF"));
        var tls = RemoteTls.Setup(new RemoteIdentity(pki.Server.Certificate, pki.Authority), ProcessRole.Member, TimeProvider.System);
        var system = ActorSystem.Create(RemoteSettings.SystemName, ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config), tls));
        var entry = new ClusterEntry(system, options, TimeProvider.System, NullLogger.Instance);
        _members.Add((system, entry));
        await entry.Enter(_ => { });
    }

    /// <summary>Waits until a member has asked the database for the right to form a cluster so many times, and was refused.</summary>
    private async Task Refused(string member, int times)
    {
        using var bound = new CancellationTokenSource(Patience);
        var seen = ImmutableHashSet<DateTime>.Empty;
        await using var database = NpgsqlDataSource.Create(_database + ";Pooling=false");
        await using var ask = database.CreateCommand(
            $"select query_start from pg_stat_activity where application_name = 'actors member {member}' and query like '%pg_try_advisory_lock(%' and state = 'idle'");
        while (seen.Count < times)
        {
            if (await ask.ExecuteScalarAsync(bound.Token) is DateTime asked) seen = seen.Add(asked);
            await Task.Delay(20, bound.Token);
        }
    }
}
