using System.Diagnostics;
using System.Net;
using ControlPlane.Access.Pki;
using ControlPlane.CommandLine.Clusters;
using Shared.Hosting;
using Shared.Processes;
using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.CommandLine;

/// <summary>Two agents that are started on one node, as processes.</summary>
public sealed class AgentFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agent-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Second_agent_on_a_data_folder_says_so_and_ends_and_the_first_has_the_folder_until_it_dies()
    {
        var pki = ClusterPki.Ensure(Path.Combine(_folder, "cluster"), new PkiOptions(), TimeProvider.System);
        var data = Path.Combine(_folder, "data");
        string[] command =
        [
            .. ClusterProcesses.Program("NodeActor"), "--name", "node", "--seed", $"127.0.0.1:{ControlPlaneFixture.FreePorts(1)[0]}", "--data", data, "--volatile", data,
            "--certificate", pki.HollowNodes("node", [IPAddress.Loopback]).File, "--authority", pki.AuthorityFile, "--runtime", "hollow",
        ];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var first = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            while (!IsTaken(data)) await Task.Delay(20, limit.Token);
            var second = await ExternalProgram.TryRun(command[0], command[1..], stop: limit.Token);
            Assert.Equal(1, second.ExitCode);
            Assert.Contains($"Another agent runs on {data}", second.Error, StringComparison.Ordinal);
            Assert.False(first.HasExited);
            Assert.True(IsTaken(data));
        }
        finally
        {
            first.Kill();
            await first.WaitForExitAsync();
        }
        Assert.False(IsTaken(data));
    }

    private static bool IsTaken(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "agent.lock"))) return false;
        try
        {
            DataFolderLock.Take(folder, "agent.lock", "").Dispose();
            return false;
        }
        catch (DataFolderTakenException)
        {
            return true;
        }
    }
}
