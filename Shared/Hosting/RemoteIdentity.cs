using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Shared.Hosting;

/// <summary>What a process shows its peers, and whom it believes.</summary>
/// <param name="Own">The process' certificate, with its private key.</param>
/// <param name="Authority">The cluster's authority: the only one whose certificates count. While it is replaced there are two.</param>
public sealed record RemoteIdentity(X509Certificate2 Own, TrustedAuthorities Authority)
{
    /// <summary>Reads PEM files. <paramref name="ownFile"/> holds the certificate and its key, unless <paramref name="keyFile"/> names the key's.</summary>
    /// <exception cref="CryptographicException">A file is not what it should be.</exception>
    public static RemoteIdentity Load(string authorityFile, string ownFile, string? keyFile = null) =>
        new(X509Certificate2.CreateFromPemFile(ownFile, keyFile), new TrustedAuthorities(authorityFile));

    /// <summary>
    /// The identity of a node in a directory: <c>ca.crt</c>, and <c>nodes/NAME.pem</c> (certificate and key) or, where there is none,
    /// <c>tls.crt</c> and <c>tls.key</c>.
    /// </summary>
    /// <exception cref="FileNotFoundException">A file is missing; the message names it.</exception>
    public static RemoteIdentity OfNode(string directory, string name)
    {
        var authority = Existing(Path.Combine(directory, "ca.crt"));
        var own = NodeFile(directory, name);
        return File.Exists(own)
            ? Load(authority, own)
            : Load(authority, Existing(Path.Combine(directory, "tls.crt")), Existing(Path.Combine(directory, "tls.key")));
    }

    /// <summary>Where the certificate and key of a node are looked for first.</summary>
    public static string NodeFile(string directory, string name) => Path.Combine(directory, "nodes", name + ".pem");

    private static string Existing(string file) => File.Exists(file) ? file : throw new FileNotFoundException($"There is no {file}.", file);
}
