using ControlPlane.Hosting;
using Npgsql;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Hosting;

/// <summary>Who may form a cluster, as the database tells it.</summary>
[Collection(PostgresTests.Name)]
public sealed class FormationRightTests(PostgresServer server)
{
    [Fact]
    public async Task Right_is_had_alone_only_where_no_member_lives()
    {
        var database = await server.CreateDatabase();
        await using var first = new FormationRight(database, "10.0.0.1:6500");
        await using var second = new FormationRight(database, "10.0.0.2:6500");

        Assert.True(await first.TryAlone(default));
        Assert.False(await second.TryAlone(default));
        Assert.False(await second.TryShare(default));

        Assert.True(await first.TryShare(default));
        Assert.False(await second.TryAlone(default));
        Assert.True(await second.TryShare(default));
        Assert.Equal(["10.0.0.1:6500", "10.0.0.2:6500"], await second.Holders(default));
    }

    [Fact]
    public async Task Right_goes_with_the_member()
    {
        var database = await server.CreateDatabase();
        await using var left = new FormationRight(database, "10.0.0.2:6500");
        await using (var first = new FormationRight(database, "10.0.0.1:6500"))
        {
            Assert.True(await first.TryAlone(default) && await first.TryShare(default) && await left.TryShare(default));
        }
        await using var third = new FormationRight(database, "10.0.0.3:6500");
        Assert.False(await third.TryAlone(default));
        Assert.Equal(["10.0.0.2:6500"], await third.Holders(default));
    }

    [Fact]
    public async Task Right_that_a_broken_connection_took_is_had_again()
    {
        var database = await server.CreateDatabase();
        await using var member = new FormationRight(database, "10.0.0.1:6500");
        Assert.True(await member.TryShare(default));
        await server.Execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'actors member 10.0.0.1:6500' and datname = '" + database.Split("Database=")[1] + "'");
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => member.TryShare(default));

        Assert.True(await member.TryShare(default));
        await using var other = new FormationRight(database, "10.0.0.2:6500");
        Assert.False(await other.TryAlone(default));
    }

    [Fact]
    public async Task Right_of_one_database_is_not_that_of_another()
    {
        await using var here = new FormationRight(await server.CreateDatabase(), "10.0.0.1:6500");
        await using var there = new FormationRight(await server.CreateDatabase(), "10.0.0.1:6500");

        Assert.True(await here.TryAlone(default));
        Assert.True(await there.TryAlone(default));
        Assert.Equal(["10.0.0.1:6500"], await there.Holders(default));
    }
}
