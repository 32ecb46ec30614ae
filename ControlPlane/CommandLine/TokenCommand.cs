using System.CommandLine;
using System.Net;
using ControlPlane.Access.Joining;
using ControlPlane.CommandLine.Clusters;
using ControlPlane.Hosting;
using Shared.Joining;
using Shared.Json;

namespace ControlPlane.CommandLine;

/// <summary><c>token create</c>: prints the one line by which another machine joins the cluster, for a short time.</summary>
internal static class TokenCommand
{
    private static readonly TimeSpan LongestLife = TimeSpan.FromHours(24);

    public static Command Build()
    {
        var data = ClusterOptions.Data();
        var life = new Option<string>("--ttl") { Description = "How long the token is good for, 24h at most.", HelpName = "TIME", DefaultValueFactory = _ => "15m" };
        var purpose = new Option<string>("--for") { Description = "What the machine becomes.", DefaultValueFactory = _ => "node" }.AcceptOnlyFromAmong("control-plane", "node");
        var server = new Option<string?>("--server") { Description = "HOST:PORT of the API as the other machine reaches it; else that of a control plane.", HelpName = "HOST:PORT" };
        var create = new Command("create", "Make a bootstrap token and print the line to run on the other machine.") { data, life, purpose, server };
        create.SetAction(async (parse, stop) =>
        {
            var time = ClusterOptions.Duration(parse.GetRequiredValue(life));
            if (time <= TimeSpan.Zero || time > LongestLife) throw new CommandFailedException("--ttl must be more than nothing and 24h at most: whoever has the line may join.");
            var wanted = parse.GetRequiredValue(purpose) == "node" ? JoinPurpose.Node : JoinPurpose.ControlPlane;
            using var client = ClusterClient.Of(new ClusterFolder(parse.GetRequiredValue(data)).Kubeconfig);
            var at = await Where(client, parse.GetValue(server), stop);
            var token = BootstrapToken.New();
            await client.Send(HttpMethod.Post, $"/api/v1/namespaces/{BootstrapTokenSecret.Namespace}/secrets", stop, BootstrapTokenSecret.Render(token, wanted, DateTimeOffset.UtcNow + time));
            Console.WriteLine(Line(wanted, new JoinTicket(token, AuthorityHash.Of(client.Authority), at.Host, at.Port)));
            return 0;
        });
        return new Command("token", "Tokens by which machines join the cluster.") { create };
    }

    internal static string Line(JoinPurpose purpose, JoinTicket ticket) => purpose == JoinPurpose.Node
        ? $"dotnet NodeActor.dll --name NAME --address ADDRESS --join {ticket}"
        : $"dotnet ControlPlane.dll serve --data DIR --address ADDRESS --join {ticket}";

    private static async Task<HostAndPort> Where(ClusterClient client, string? told, CancellationToken stop)
    {
        if (told is not null) return HostAndPort.Read(told, client.Server.Port) ?? throw new CommandFailedException($"--server '{told}' is not HOST:PORT.");
        if (!IPAddress.TryParse(client.Server.Host, out var address) || !IPAddress.IsLoopback(address)) return new(client.Server.Host, client.Server.Port);
        var endpoints = (await client.Send(HttpMethod.Get, "/api/v1/namespaces/default/endpoints/kubernetes", stop)).Items("subsets");
        var found = endpoints.SelectMany(subset => subset.Items("addresses").Select(each => (Host: each.Text("ip"), Port: (int?)subset.Items("ports")[0]?["port"]))).FirstOrDefault();
        return found is { Host.Length: > 0, Port: { } port } ? new(found.Host, port) : new(client.Server.Host, client.Server.Port);
    }
}
