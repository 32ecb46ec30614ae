using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ControlPlane.Access.Pki;

/// <summary>The file <c>kubectl</c> reads: where the cluster is, whom to trust, and who the user is.</summary>
public static class Kubeconfig
{
    /// <summary>A kubeconfig with everything inside it, so that it may be copied elsewhere.</summary>
    /// <param name="clusterName">The name of the cluster and, with the user's, of the only context.</param>
    /// <param name="server">The gateway's URL, for example <c>https://127.0.0.1:6443</c>.</param>
    public static string Render(string clusterName, string server, X509Certificate2 authority, X509Certificate2 user)
    {
        using var key = user.GetECDsaPrivateKey() ?? throw new CryptographicException("The user's certificate has no ECDSA key.");
        var userName = user.GetNameInfo(X509NameType.SimpleName, false);
        return $"""
            apiVersion: v1
            kind: Config
            current-context: {userName}@{clusterName}
            clusters:
            - name: {clusterName}
              cluster:
                server: {server}
                certificate-authority-data: {Encode(authority.ExportCertificatePem())}
            users:
            - name: {userName}
              user:
                client-certificate-data: {Encode(user.ExportCertificatePem())}
                client-key-data: {Encode(key.ExportPkcs8PrivateKeyPem())}
            contexts:
            - name: {userName}@{clusterName}
              context:
                cluster: {clusterName}
                user: {userName}
            preferences: {"{}"}

            """;
    }

    /// <summary>Writes the administrator's kubeconfig, mode 0600.</summary>
    public static void Write(string file, string clusterName, string server, ClusterPki pki) =>
        PrivateFile.Write(file, Render(clusterName, server, pki.Authority, pki.Administrator.Certificate));

    private static string Encode(string pem) => Convert.ToBase64String(Encoding.UTF8.GetBytes(pem + "\n"));
}
