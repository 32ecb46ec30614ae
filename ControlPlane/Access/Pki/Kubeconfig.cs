using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Shared.Hosting;

namespace ControlPlane.Access.Pki;

/// <summary>The file <c>kubectl</c> reads: where the cluster is, whom to trust, and who the user is.</summary>
public static class Kubeconfig
{
    /// <summary>A kubeconfig with everything inside it, so that it may be copied elsewhere.</summary>
    /// <param name="clusterName">The name of the cluster and, with the user's, of the current context.</param>
    /// <param name="server">The gateway's URL, for example <c>https://127.0.0.1:6443</c>.</param>
    /// <param name="members">The names and URLs of single control planes: each is a further context, <c>USER@CLUSTER-NAME</c>.</param>
    public static string Render(string clusterName, string server, TrustedAuthorities authorities, X509Certificate2 user, params IEnumerable<(string Name, string Server)> members)
    {
        using var key = user.GetECDsaPrivateKey() ?? throw new CryptographicException("The user's certificate has no ECDSA key.");
        var userName = user.GetNameInfo(X509NameType.SimpleName, false);
        var trusted = Encode(authorities.Pem.TrimEnd());
        (string Name, string Server)[] all = [(clusterName, server), .. members.Select(member => ($"{clusterName}-{member.Name}", member.Server))];
        return $"""
            apiVersion: v1
            kind: Config
            current-context: {userName}@{clusterName}
            clusters:
            {string.Join('\n', all.Select(each => $"""
            - name: {each.Name}
              cluster:
                server: {each.Server}
                certificate-authority-data: {trusted}
            """))}
            users:
            - name: {userName}
              user:
                client-certificate-data: {Encode(user.ExportCertificatePem())}
                client-key-data: {Encode(key.ExportPkcs8PrivateKeyPem())}
            contexts:
            {string.Join('\n', all.Select(each => $"""
            - name: {userName}@{each.Name}
              context:
                cluster: {each.Name}
                user: {userName}
            """))}
            preferences: {"{}"}

            """;
    }

    /// <summary>Writes the administrator's kubeconfig, mode 0600.</summary>
    public static void Write(string file, string clusterName, string server, ClusterPki pki, params IEnumerable<(string Name, string Server)> members) =>
        PrivateFile.Write(file, Render(clusterName, server, pki.Trusted, pki.Administrator.Certificate, members));

    private static string Encode(string pem) => Convert.ToBase64String(Encoding.UTF8.GetBytes(pem + "\n"));
}
