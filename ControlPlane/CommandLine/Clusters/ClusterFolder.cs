using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shared.Hosting;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>The data directory of a local cluster: where each thing lies in it, and its description.</summary>
public sealed class ClusterFolder
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Looks at a data directory; makes nothing.</summary>
    public ClusterFolder(string dataDirectory)
    {
        Path = System.IO.Path.GetFullPath(dataDirectory);
        Id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path)))[..6];
    }

    /// <summary><c>/var/lib/actors</c> for root, else <c>~/.actors</c>.</summary>
    public static string Default => Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows()
        ? "/var/lib/actors"
        : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".actors");

    /// <summary>The absolute path.</summary>
    public string Path { get; }

    /// <summary>Six hex digits that follow from the path, so that even a lost description can be cleaned up after.</summary>
    public string Id { get; }

    public string Kubeconfig => At("admin.kubeconfig");
    public string Logs => At("logs");
    public string PidFiles => At("run");
    public string Images => At("images");
    public string Nodes => At("nodes");
    public string Members => At("members");

    /// <summary>What several control planes share, and each has a copy of: it encrypts the secrets in their database.</summary>
    public string KeyRing => At("secrets.keys");

    /// <summary>Where a lone control plane without a database keeps its objects.</summary>
    public string SqliteFile => At("journal.db");

    /// <summary>The objects of a private PostgreSQL server.</summary>
    public string DatabaseData => At("postgres");

    /// <summary>Where that server's socket is. A user who is not root has no folder in /run.</summary>
    public string DatabaseSocket => System.IO.Path.Combine(Environment.IsPrivilegedProcess ? RunDirectory : PidFiles, "postgres");

    public string BalancerConfiguration => At("balancer.cfg");

    /// <summary>What does not outlive the machine's uptime (sockets, containerd's state): short, because socket paths have at most 107 bytes.</summary>
    public string RunDirectory => $"/run/actors/{Id}";

    private string DescriptionFile => At("cluster.json");

    public string MemberFolder(ClusterMember member) => System.IO.Path.Combine(Members, member.Name);
    public string NodeFolder(ClusterNode node) => System.IO.Path.Combine(Nodes, node.Name);
    public string NodeRunFolder(ClusterNode node) => System.IO.Path.Combine(RunDirectory, node.Name);
    public string ContainerdSocket(ClusterNode node) => System.IO.Path.Combine(NodeRunFolder(node), "containerd.sock");
    public string LogFile(string process) => System.IO.Path.Combine(Logs, process + ".log");

    /// <summary>Makes the folder and those inside it.</summary>
    public void Create()
    {
        foreach (var folder in new[] { Path, Logs, PidFiles, Images }) PrivateFile.CreateFolder(folder);
    }

    /// <summary>The description, or null when the cluster was never up.</summary>
    public ClusterDescription? Load() =>
        File.Exists(DescriptionFile) ? JsonSerializer.Deserialize<ClusterDescription>(File.ReadAllText(DescriptionFile), Json) : null;

    /// <summary>Replaces the description, mode 0600 because of a database's password.</summary>
    public void Save(ClusterDescription description) => PrivateFile.Write(DescriptionFile, JsonSerializer.Serialize(description, Json));

    private string At(string name) => System.IO.Path.Combine(Path, name);
}
