using System.Collections.Immutable;
using System.Globalization;
using Npgsql;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>Decides which control planes a cluster has where there are several.</summary>
internal static class MemberPlan
{
    private const int FirstOfAll = 20000;
    private const int PortsOfCluster = 16;

    /// <summary>Refuses to put several control planes where one has its objects in SQLite.</summary>
    /// <exception cref="CommandFailedException">There is no <paramref name="database"/>.</exception>
    public static void RefuseToLeaveSqlite(ClusterFolder folder, string? database, ClusterWish wish)
    {
        if (database is not null) return;
        throw new CommandFailedException(
            $"The one control plane in {folder.Path} keeps its objects in a SQLite file, which is for one. "
            + $"Stop it and move them to a PostgreSQL server: actors down --data {folder.Path}; actors backup FILE --data {folder.Path}; "
            + $"actors restore FILE --exact --control-planes {wish.ControlPlanes} --data {folder.Path}");
    }

    /// <summary>Refuses to put one control plane where several have their objects in a private server.</summary>
    /// <exception cref="CommandFailedException">Always.</exception>
    public static void RefuseToLeavePostgres(ClusterFolder folder, ClusterDescription cluster) => throw new CommandFailedException(
        $"The objects of the cluster in {folder.Path} are in the PostgreSQL server of its {cluster.Members.Length} control planes; a control plane alone would begin on an empty SQLite file. "
        + $"Use --control-planes 3 or 5, or move them: actors down --data {folder.Path}; actors backup FILE --data {folder.Path}; actors restore FILE --exact --control-planes 1 --data {folder.Path}");

    /// <summary>The cluster with so many control planes: those it has, and new ones after them.</summary>
    /// <exception cref="CommandFailedException">They could not reach their database.</exception>
    public static ClusterDescription WithMembers(ClusterDescription cluster, int count)
    {
        if (count <= Math.Max(1, cluster.Members.Length)) return cluster;
        if (cluster.Runtime == ClusterRuntime.Containerd && cluster.Database is { } database && IsLoopback(database))
        {
            throw new CommandFailedException(
                "Each of several control planes has a network of its own, in which the loopback address of --database leads to itself. "
                + "Name an address of this machine on which the database listens, or the folder of its unix socket (Host=/var/run/postgresql).");
        }
        var members = cluster.Members;
        while (members.Length < count) members = members.Add(NewMember(cluster, members));
        return cluster with { Members = members };
    }

    // In a network of its own each has the usual ports; on the machine's loopback address each needs others.
    private static ClusterMember NewMember(ClusterDescription cluster, ImmutableArray<ClusterMember> there)
    {
        var index = there.Length + 1;
        if (cluster.Runtime == ClusterRuntime.Containerd) return new(index, cluster.MemberAddress(index), cluster.Port, ClusterPlan.FirstRemotePort, ClusterPlan.FirstAgentPort);
        var port = Next(there.IsEmpty ? FirstPort(cluster) - 1 : there[^1].AgentPort);
        var remotePort = Next(port);
        return new(index, cluster.MemberAddress(index), port, remotePort, Next(remotePort));

        int Next(int after) => ClusterPlan.FreePort(after + 1) is var free && free == cluster.Port ? ClusterPlan.FreePort(free + 1) : free;
    }

    // Clusters that begin to look at different places seldom meet, though their ports are free until their members listen.
    private static int FirstPort(ClusterDescription cluster) =>
        FirstOfAll + PortsOfCluster * int.Parse(cluster.Id[..2], NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static bool IsLoopback(string database)
    {
        var host = new NpgsqlConnectionStringBuilder(database).Host ?? "localhost";
        return host.Split(',').Any(each => each.Trim() is var name && (name == "localhost" || name.StartsWith("127.", StringComparison.Ordinal) || name.StartsWith("::1", StringComparison.Ordinal)));
    }
}
