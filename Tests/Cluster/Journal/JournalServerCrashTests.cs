using Tests.Support;
using Xunit;

namespace Tests.Cluster.Journal;

public sealed class JournalServerCrashTests : IAsyncLifetime
{
    private readonly PostgresServer _server = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("journal-");

    public Task InitializeAsync() => _server.InitializeAsync();

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task A_database_that_crashes_and_returns_has_every_acknowledged_write()
    {
        await using var system = await JournalSystem.Start(new(_directory.FullName, await _server.CreateDatabase()));
        await JournalOnPostgresTests.Disturbed(system, async round =>
        {
            await _server.Crash();
            await _server.Start();
            return round < 1;
        });
    }
}
