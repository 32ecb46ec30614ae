using ControlPlane.Access.Pki;
using ControlPlane.Journal;
using Shared.Hosting;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>The control planes of a cluster, be it one or several.</summary>
internal sealed class ClusterMembers(ClusterFolder folder, ClusterDescription cluster, ClusterPki pki)
{
    // Several that start at once share the machine's cores, and wait for each other.
    private readonly TimeSpan _readyPatience = TimeSpan.FromSeconds(cluster.IsAlone ? 60 : 120);

    /// <summary>The server several of them share, if it is the cluster's own.</summary>
    public PrivateDatabase Database { get; } = new(folder);

    /// <summary>Starts those that do not run and waits until all are ready.</summary>
    /// <exception cref="CommandFailedException">One is not; the message names it and shows the end of its log.</exception>
    public async Task Start(CancellationToken stop)
    {
        if (!cluster.IsAlone) KeyRing.Load(folder.KeyRing);
        var all = cluster.ControlPlanes;
        await Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = all.Length, CancellationToken = stop }, async (member, cancel) =>
        {
            var process = await Start(member, cancel);
            using var client = new ClusterClient(cluster.IsAlone ? cluster.Server : member.Server, pki);
            if (await Waiting.Until(async () => await client.IsReady(cancel) || (process.Running is null ? throw process.Ended() : false), _readyPatience, cancel)) return;
            throw process.NotReady(_readyPatience);
        });
    }

    private async Task<BackgroundProcess> Start(ClusterMember member, CancellationToken stop)
    {
        var process = new BackgroundProcess(folder, ClusterProcesses.Member(cluster, member));
        if (process.Running is not null) return process;
        if (cluster.IsAlone && !ClusterPlan.IsFree(cluster.Port)) throw new CommandFailedException($"Port {cluster.Port} is in use by another program. Choose another with --port.");
        if (!cluster.IsAlone) ShareKeys(member);
        if (!cluster.IsAlone && cluster.Runtime == ClusterRuntime.Containerd) await NodeNetworks.EnsureMember(cluster, member, stop);
        var database = cluster.HasPrivateDatabase ? Database.ConnectionString : cluster.Database;
        var environment = database is null ? null : new Dictionary<string, string> { [ClusterProcesses.DatabaseVariable] = database };
        await process.Start(ClusterProcesses.MemberCommand(folder, cluster, member), environment, stop);
        return process;
    }

    // What all must have alike: the authority, the key of agents' tickets, the administrator's token, the keys of the secrets. Of these last a member has others than at
    // first once they were rotated; what it lacks it takes from the database.
    private void ShareKeys(ClusterMember member)
    {
        var home = folder.MemberFolder(member);
        PrivateFile.CreateFolder(Path.Combine(home, "pki"));
        foreach (var file in SharedFiles.Names.Select(name => Path.Combine(folder.Path, name)))
        {
            var copy = Path.Combine(home, Path.GetRelativePath(folder.Path, file));
            var text = File.ReadAllText(file);
            if (!File.Exists(copy)) PrivateFile.Write(copy, text);
            else if (file.EndsWith("ca.pem", StringComparison.Ordinal) && File.Exists(new AuthorityFiles(pki.Folder).Next)) continue; // it is being replaced, member by member
            else if (file == folder.KeyRing ? KeyRing.Load(copy).Contradicts(KeyRing.Load(file)) : File.ReadAllText(copy) != text) throw new CommandFailedException($"{copy} and {file} differ, and all control planes must have the same. Copy the right one over the other.");
        }
    }
}
