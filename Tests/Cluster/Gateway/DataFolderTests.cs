using ControlPlane.CommandLine;
using ControlPlane.Hosting;
using Shared.Hosting;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>What happens to whoever comes second to a data folder.</summary>
public sealed class DataFolderTests
{
    [Fact]
    public async Task Second_control_plane_on_a_data_folder_is_told_so_and_the_first_goes_on()
    {
        var options = ControlPlaneFixture.NewOptions();
        await using (var first = await ControlPlaneHost.Start(options))
        {
            var ports = ControlPlaneFixture.FreePorts(3);
            var refusal = await Assert.ThrowsAsync<DataFolderTakenException>(() => ControlPlaneHost.Start(options with { Port = ports[0], RemotePort = ports[1], AgentPort = ports[2] }));
            Assert.Contains(options.DataDirectory, refusal.Message, StringComparison.Ordinal);
            Assert.Equal(1, await ActorsCommand.Run(["serve", "--data", options.DataDirectory, "--port", $"{ports[0]}", "--remote-port", $"{ports[1]}", "--agent-port", $"{ports[2]}"]));
            using var http = ControlPlaneFixture.NewClient(first.Pki, options);
            Assert.Equal("ok", await http.GetStringAsync("/readyz"));
        }

        await (await ControlPlaneHost.Start(options)).DisposeAsync();
        Directory.Delete(options.DataDirectory, recursive: true);
    }
}
