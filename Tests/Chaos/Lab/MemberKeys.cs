using System.Security.Cryptography.X509Certificates;
using ControlPlane.Access.Pki;
using ControlPlane.Journal;
using Shared.Hosting;

namespace Tests.Chaos.Lab;

/// <summary>What all members of one cluster share: its authority, the administrator's token, the keys of tickets and of secrets. Made once, copied to each.</summary>
internal sealed class MemberKeys
{
    private static readonly string[] Shared = ["pki/ca.pem", "pki/agents.key", "pki/admin.token", "secrets.keys"];
    private readonly string _folder;

    private MemberKeys(string folder, ClusterPki pki) => (_folder, Authority, Token) = (folder, pki.Authority, pki.AdministratorToken);

    public X509Certificate2 Authority { get; }

    /// <summary>The administrator's.</summary>
    public string Token { get; }

    /// <summary>Makes them, in a folder of their own.</summary>
    public static MemberKeys Make(string folder)
    {
        var pki = ClusterPki.Ensure(folder, new(), TimeProvider.System);
        KeyRing.Load(Path.Combine(folder, "secrets.keys"));
        return new(folder, pki);
    }

    /// <summary>Copies them into a member's data folder.</summary>
    public void Copy(string dataFolder)
    {
        PrivateFile.CreateFolder(Path.Combine(dataFolder, "pki"));
        foreach (var file in Shared) PrivateFile.Write(Path.Combine(dataFolder, file), File.ReadAllText(Path.Combine(_folder, file)));
    }
}
