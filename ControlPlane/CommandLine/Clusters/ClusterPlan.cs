using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Shared.Processes;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>What the user asked <c>up</c> for. Null: as it was, or the default.</summary>
public sealed record ClusterWish(
    int? Nodes = null, int? Port = null, string? Database = null, ClusterRuntime? Runtime = null, string? NodeLeaseGrace = null, int? ControlPlanes = null);

/// <summary>Decides what a cluster shall look like, from the wish and from what there is.</summary>
internal static class ClusterPlan
{
    private const int DefaultNodes = 3;
    private const int DefaultPort = 6443;
    internal const int FirstRemotePort = 6500;
    internal const int FirstAgentPort = 6600;

    /// <summary>A new cluster on free addresses and ports.</summary>
    public static async Task<ClusterDescription> New(ClusterFolder folder, ClusterWish wish, CancellationToken stop)
    {
        var runtime = wish.Runtime ?? ClusterRuntime.Containerd;
        var subnet = runtime == ClusterRuntime.Hollow ? "" : await FreeSubnet(folder.Id, stop);
        var cluster = new ClusterDescription(folder.Id, runtime, wish.Port ?? DefaultPort, FreePort(FirstRemotePort), FreePort(FirstAgentPort), subnet, wish.Database, wish.NodeLeaseGrace, []);
        return WithNodes(MemberPlan.WithMembers(cluster, wish.ControlPlanes ?? 1), wish.Nodes ?? DefaultNodes);
    }

    /// <summary>The cluster there is, with more nodes and control planes if the wish has more.</summary>
    /// <exception cref="CommandFailedException">The wish contradicts it.</exception>
    public static ClusterDescription Again(ClusterFolder folder, ClusterDescription cluster, ClusterWish wish)
    {
        Refuse(wish.Port is { } port && port != cluster.Port, $"on port {cluster.Port}");
        Refuse(wish.Runtime is { } runtime && runtime != cluster.Runtime, $"with --runtime {cluster.Runtime.ToString().ToLowerInvariant()}");
        Refuse(wish.Database is { } database && database != cluster.Database, "with another database");
        Refuse(wish.NodeLeaseGrace is { } grace && grace != cluster.NodeLeaseGrace, $"with --node-lease-grace {cluster.NodeLeaseGrace ?? "at its default"}");
        Refuse(cluster.Runtime == ClusterRuntime.Hollow && wish.Nodes > cluster.Nodes.Length, $"{cluster.Nodes.Length} hollow nodes in one process, which takes no more while it runs,");
        if (cluster.IsAlone && wish.ControlPlanes > 1) MemberPlan.RefuseToLeaveSqlite(folder, cluster.Database, wish);
        Refuse(cluster.IsAlone && wish.ControlPlanes > 1, "with one control plane, at the address that the balancer of several needs");
        if (cluster.HasPrivateDatabase && wish.ControlPlanes == 1) MemberPlan.RefuseToLeavePostgres(folder, cluster);
        Refuse(wish.ControlPlanes < cluster.Members.Length, $"with {cluster.Members.Length} control planes, of which none is taken away while it runs");
        return WithNodes(MemberPlan.WithMembers(cluster, wish.ControlPlanes ?? 1), Math.Max(wish.Nodes ?? 0, cluster.Nodes.Length));

        void Refuse(bool contradicts, string how)
        {
            if (contradicts) throw new CommandFailedException($"The cluster in {folder.Path} runs {how}. Stop it first (actors down --data {folder.Path}), or choose another --data.");
        }
    }

    /// <summary>A stopped cluster, whose data stays, under a new wish; its old subnet may have been taken meanwhile.</summary>
    /// <exception cref="CommandFailedException">Under the wish the cluster would not find its objects.</exception>
    public static async Task<ClusterDescription> Restart(ClusterFolder folder, ClusterDescription cluster, ClusterWish wish, CancellationToken stop)
    {
        if (cluster.IsAlone && wish.ControlPlanes > 1 && File.Exists(folder.SqliteFile)) MemberPlan.RefuseToLeaveSqlite(folder, cluster.Database, wish);
        if (cluster.HasPrivateDatabase && wish is { ControlPlanes: 1, Database: null }) MemberPlan.RefuseToLeavePostgres(folder, cluster);
        return await New(folder, wish with
        {
            Nodes = wish.Nodes ?? cluster.Nodes.Length,
            Port = wish.Port ?? cluster.Port,
            Runtime = wish.Runtime ?? cluster.Runtime,
            Database = wish.Database ?? cluster.Database,
            NodeLeaseGrace = wish.NodeLeaseGrace ?? cluster.NodeLeaseGrace,
            ControlPlanes = wish.ControlPlanes ?? cluster.ControlPlanes.Length,
        }, stop);
    }

    /// <summary>
    /// The cluster of a folder whose objects were put into another database, or into the first one: a later <c>up</c> finds them by it, and decides all else anew.
    /// </summary>
    /// <param name="known">The cluster as it was; null where none was ever up.</param>
    /// <param name="database">A database of the user's own.</param>
    /// <param name="controlPlanes">How many there shall be; several without a database share a private server.</param>
    public static ClusterDescription Moved(ClusterFolder folder, ClusterDescription? known, string? database, int controlPlanes)
    {
        var cluster = known ?? WithNodes(new(folder.Id, ClusterRuntime.Containerd, DefaultPort, FirstRemotePort, FirstAgentPort, SubnetPicker.Pick([], 0)!, null, null, []), DefaultNodes);
        return MemberPlan.WithMembers(cluster with { Members = controlPlanes == 1 ? [] : cluster.Members }, controlPlanes) with { Database = database };
    }

    private static ClusterDescription WithNodes(ClusterDescription cluster, int count)
    {
        if (cluster.Runtime == ClusterRuntime.Containerd && count > ClusterDescription.MaxContainerdNodes)
        {
            throw new CommandFailedException($"At most {ClusterDescription.MaxContainerdNodes} real nodes fit on one machine; more are possible with --runtime hollow.");
        }
        var added = Enumerable.Range(cluster.Nodes.Length + 1, Math.Max(0, count - cluster.Nodes.Length)).Select(cluster.NewNode);
        return cluster with { Nodes = cluster.Nodes.AddRange(added) };
    }

    private static async Task<string> FreeSubnet(string id, CancellationToken stop)
    {
        var routes = await ExternalProgram.Run("ip", ["-4", "-o", "route", "show", "table", "all"], stop: stop);
        return SubnetPicker.Pick(SubnetPicker.ParseRoutes(routes), int.Parse(id[..2], NumberStyles.HexNumber, CultureInfo.InvariantCulture))
            ?? throw new CommandFailedException("All networks from 10.98.0.0/24 to 10.98.255.0/24 are in use on this machine.");
    }

    /// <summary>The first port from here on that nobody listens on.</summary>
    public static int FreePort(int first)
    {
        for (var port = first; ; port++)
        {
            if (IsFree(port)) return port;
        }
    }

    /// <summary>Whether nobody listens on a loopback port.</summary>
    public static bool IsFree(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        finally
        {
            listener.Stop();
        }
    }
}
