using System.Net;
using System.Net.Sockets;
using ControlPlane.CommandLine.Clusters;
using Shared.Joining;
using Shared.Processes;
using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.CommandLine;

/// <summary>Processes that are given nothing but a line with a token: a fourth control plane, and a node.</summary>
[Collection(nameof(TemporaryCluster))]
public sealed class JoinByTokenTests
{
    [RootFact]
    public async Task Fourth_control_plane_and_a_node_join_by_a_token_each_and_start_again_without_it()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(1, ClusterRuntime.Hollow, 3);
        await cluster.Kubectl("create", "secret", "generic", "shared", "--from-literal=v=x");

        var (port, folder) = (FreePort(), Path.Combine(cluster.Folder.Path, "fourth"));
        var member = await Ticket(cluster, "control-plane");
        var (remote, agents) = (FreePort(), FreePort());
        var serve = Serve(folder, member);
        var fourth = new BackgroundProcess(cluster.Folder, "control-plane-fourth");
        var database = new Dictionary<string, string> { [ClusterProcesses.DatabaseVariable] = new PrivateDatabase(cluster.Folder).ConnectionString };
        await fourth.Start(serve, database);
        await Answers(fourth, folder);

        // The token is not needed again.
        await cluster.Kubectl("delete", "secret", "--namespace", "kube-system", $"bootstrap-token-{member.Token.Id}");
        Signals.SendKill(fourth.Running!.Value);
        Assert.True(await Waiting.Until(() => fourth.Running is null, TimeSpan.FromSeconds(10), CancellationToken.None));
        await fourth.Start(serve, database);
        await Answers(fourth, folder);

        var node = await Ticket(cluster, "node");
        var agent = new BackgroundProcess(cluster.Folder, "joined-agent");
        string[] join =
        [
            .. ClusterProcesses.Program("NodeActor"), "--name", "joined", "--data", Path.Combine(cluster.Folder.Path, "joined"), "--volatile", Path.Combine(cluster.Folder.Path, "joined-volatile"),
            "--runtime", "hollow", "--join", $"{node}",
        ];
        await agent.Start(join);
        await Ready(cluster, agent);
        await cluster.Kubectl("delete", "secret", "--namespace", "kube-system", $"bootstrap-token-{node.Token.Id}");
        Signals.SendKill(agent.Running!.Value);
        Assert.True(await Waiting.Until(() => agent.Running is null, TimeSpan.FromSeconds(10), CancellationToken.None));
        await cluster.Kubectl("wait", "--for=condition=Ready=unknown", "node/joined", "--timeout=60s");
        await agent.Start(join);
        await Ready(cluster, agent);

        // A line that is not for this, or no longer good, is answered with words and leaves nothing.
        await Refuses("not known", [.. ClusterProcesses.Program("NodeActor"), "--name", "late", "--data", Path.Combine(cluster.Folder.Path, "late"), "--runtime", "hollow", "--join", $"{node}"]);
        await Refuses("another purpose", [.. Serve(Path.Combine(cluster.Folder.Path, "late"), await Ticket(cluster, "node")), "--database", "Host=none"]);
        await Refuses("wrong hash", [.. Serve(Path.Combine(cluster.Folder.Path, "late"), member with { AuthorityHash = new('0', 64) }), "--database", "Host=none"]);
        Assert.False(Directory.Exists(Path.Combine(cluster.Folder.Path, "late", "pki")));
        foreach (var log in Directory.GetFiles(cluster.Folder.Logs)) Assert.DoesNotContain(node.Token.Secret, await File.ReadAllTextAsync(log), StringComparison.Ordinal);

        string[] Serve(string data, JoinTicket ticket) =>
        [
            .. ClusterProcesses.Program("ControlPlane"), "serve", "--data", data, "--port", $"{port}", "--remote-port", $"{remote}", "--agent-port", $"{agents}",
            "--pod-cidr", "10.128.0.0/10", "--join", $"{ticket}",
        ];
    }

    private static async Task<JoinTicket> Ticket(TemporaryCluster cluster, string purpose)
    {
        var program = ClusterProcesses.Program("ControlPlane");
        var line = await ExternalProgram.Run(program[0], [.. program[1..], "token", "create", "--for", purpose, "--data", cluster.Folder.Path]);
        Assert.True(JoinTicket.TryParse(line.Trim().Split(' ')[^1], out var ticket, out var fault), fault);
        return ticket;
    }

    private static async Task Answers(BackgroundProcess member, string folder)
    {
        var kubeconfig = Path.Combine(folder, "admin.kubeconfig");
        await ControlPlaneMembers.Until("the fourth control plane to answer", async () =>
        {
            if (member.Running is null) throw member.Ended();
            return File.Exists(kubeconfig) && (await ExternalProgram.TryRun("kubectl", ["--kubeconfig", kubeconfig, "get", "secret", "shared", "-o", "jsonpath={.data.v}", "--request-timeout=5s"])).Output.Trim() == "eA==";
        });
    }

    private static async Task Ready(TemporaryCluster cluster, BackgroundProcess agent)
    {
        await ControlPlaneMembers.Until("the node to be Ready", async () =>
        {
            if (agent.Running is null) throw agent.Ended();
            var node = await ExternalProgram.TryRun("kubectl", ["--kubeconfig", cluster.Folder.Kubeconfig, "wait", "--for=condition=Ready", "node/joined", "--timeout=5s"]);
            return node.Succeeded;
        });
    }

    private static async Task Refuses(string why, string[] command)
    {
        var result = await ExternalProgram.TryRun(command[0], command[1..]);
        Assert.False(result.Succeeded);
        Assert.Contains(why, result.Error + result.Output, StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
