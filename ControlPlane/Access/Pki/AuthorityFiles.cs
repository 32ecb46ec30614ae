using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shared.Hosting;

namespace ControlPlane.Access.Pki;

/// <summary>
/// The authority in a <c>pki</c> folder while it is replaced: <c>ca.pem</c> signs, <c>ca-others.crt</c> holds what is trusted beside it, <c>ca.crt</c> is all that is trusted and is
/// what processes read, <c>ca-next.pem</c> is the one that will sign. Every step can be taken again after a crash.
/// </summary>
public sealed class AuthorityFiles(string folder)
{
    /// <summary>The authority that signs, with its key.</summary>
    public string Signing => Path.Combine(folder, "ca.pem");

    /// <summary>The authority that will sign, with its key, while a replacement is under way.</summary>
    public string Next => Path.Combine(folder, "ca-next.pem");

    /// <summary>All that is trusted, without keys.</summary>
    public string Trusted => Path.Combine(folder, "ca.crt");

    private string Others => Path.Combine(folder, "ca-others.crt");

    /// <summary>Whether an authority that no longer signs is trusted still.</summary>
    public bool HasOthers => File.Exists(Others);

    /// <summary>Trusts these beside the one that signs, and none else.</summary>
    public void Trust(params IReadOnlyCollection<string> others)
    {
        var signing = Certificate(File.ReadAllText(Signing));
        string[] rest = [.. others.Select(Certificate).Where(pem => pem != signing).Distinct()];
        if (rest.Length == 0) File.Delete(Others);
        else PrivateFile.Write(Others, string.Concat(rest));
        Publish();
    }

    /// <summary>Lets another authority sign; the one before is trusted on.</summary>
    /// <param name="pem">It, with its key.</param>
    public void Sign(string pem)
    {
        var before = File.ReadAllText(Signing);
        if (before == pem) return;

        // Both are trusted at every moment, whichever signs.
        Trust(before, pem);
        PrivateFile.Write(Others, Certificate(before) + Certificate(pem));
        PrivateFile.Write(Signing, pem);
        Trust(before);
    }

    /// <summary>Writes what processes read, if it is not what it should be.</summary>
    public void Publish()
    {
        var signing = Certificate(File.ReadAllText(Signing));
        var all = signing + (HasOthers ? string.Concat(Certificates(File.ReadAllText(Others)).Where(pem => pem != signing)) : "");
        if (!File.Exists(Trusted) || File.ReadAllText(Trusted) != all) PrivateFile.Write(Trusted, all);
    }

    private static string Certificate(string pem) => Certificates(pem).First();

    private static IEnumerable<string> Certificates(string pem)
    {
        var read = new X509Certificate2Collection();
        read.ImportFromPem(pem);
        return read.Count > 0 ? read.Select(certificate => certificate.ExportCertificatePem() + "\n") : throw new CryptographicException($"A file in {nameof(pem)} holds no certificate.");
    }
}
