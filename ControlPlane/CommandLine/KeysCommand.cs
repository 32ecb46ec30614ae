using System.CommandLine;
using System.Net;
using ControlPlane.Access.Pki;
using ControlPlane.CommandLine.Clusters;
using ControlPlane.Journal;
using Shared.Api;
using Spectre.Console;

namespace ControlPlane.CommandLine;

/// <summary>
/// <c>keys create</c>: the identity of a cluster whose processes are started by other means than <c>up</c>, before the first of them. Run again, it makes
/// what is missing and leaves the rest.
/// </summary>
internal static class KeysCommand
{
    public static Command Build()
    {
        var data = ClusterOptions.Data();
        var node = new Option<string[]>("--node")
        {
            Description = "NAME=ADDRESS of a node: its agent's certificate is pki/nodes/NAME.pem. May be repeated.",
            AllowMultipleArgumentsPerToken = true,
        };
        var server = new Option<string>("--server") { Description = "The URL kubectl finds the API at, for admin.kubeconfig.", DefaultValueFactory = _ => "https://127.0.0.1:6443" };
        var create = new Command("create", "Make pki/ca.pem, pki/agents.key, pki/admin.token and secrets.keys, which all control planes must have alike, certificates of nodes, and admin.kubeconfig.")
        {
            data, node, server,
        };
        create.SetAction(parse =>
        {
            Create(new ClusterFolder(parse.GetRequiredValue(data)), [.. (parse.GetValue(node) ?? []).Select(Node)], Server(parse.GetRequiredValue(server)));
            return 0;
        });
        return new Command("keys", "Keys and certificates of a cluster.") { create, KeyRotation.Rotate(), KeyRotation.DropOld() };
    }

    private static void Create(ClusterFolder folder, (NodeName Name, IPAddress Address)[] nodes, string server)
    {
        var pki = ClusterPki.Ensure(folder.Path, new PkiOptions(), TimeProvider.System);
        KeyRing.Load(folder.KeyRing);
        foreach (var node in nodes) pki.Node(node.Name.Value, [node.Address]);
        Kubeconfig.Write(folder.Kubeconfig, "actors", server, pki);
        Terminal.Output.MarkupLineInterpolated($"[green]✓[/] {folder.Path}");
    }

    private static (NodeName Name, IPAddress Address) Node(string text) =>
        text.Split('=') is [var name, var address] && IPAddress.TryParse(address, out var ip) && Uri.CheckHostName(name) == UriHostNameType.Dns
            ? (new NodeName(name), ip)
            : throw new CommandFailedException($"--node '{text}' is not NAME=ADDRESS, such as node-1=10.0.0.21.");

    private static string Server(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps
        ? text
        : throw new CommandFailedException($"--server '{text}' is not a URL such as https://127.0.0.1:6443.");
}
