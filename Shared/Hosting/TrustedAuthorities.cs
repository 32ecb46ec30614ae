using System.Security.Cryptography.X509Certificates;

namespace Shared.Hosting;

/// <summary>
/// The authorities whose certificates count: those of a PEM file as it is now. While a cluster's authority is replaced there are two; processes look at the file again at every
/// handshake, so nobody has to be started anew to believe another one, or no longer.
/// </summary>
public sealed class TrustedAuthorities
{
    private readonly string? _file;
    private Known _known;

    /// <summary>Those of a file.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It holds no certificate.</exception>
    public TrustedAuthorities(string file)
    {
        _file = file;
        _known = Read(file);
    }

    private TrustedAuthorities(X509Certificate2 only) => _known = new(default, 0, only.ExportCertificatePem(), [only]);

    /// <summary>One that stays.</summary>
    public static implicit operator TrustedAuthorities(X509Certificate2 only) => new(only);

    /// <summary>The certificates, the one that signs first.</summary>
    public IReadOnlyList<X509Certificate2> Certificates => Now.Certificates;

    /// <summary>The same as PEM.</summary>
    public string Pem => Now.Pem;

    /// <summary>How a certificate is judged: by these and no others.</summary>
    public X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        foreach (var authority in Certificates) policy.CustomTrustStore.Add(authority);
        return policy;
    }

    private Known Now
    {
        get
        {
            var known = Volatile.Read(ref _known);
            if (_file is null) return known;
            var file = new FileInfo(_file);

            // A file that is gone or spoiled changes nothing: what was believed goes on being believed.
            if (!file.Exists || (file.LastWriteTimeUtc == known.Written && file.Length == known.Length)) return known;
            try
            {
                var read = Read(_file);
                Volatile.Write(ref _known, read);
                return read;
            }
            catch (Exception unread) when (unread is IOException or System.Security.Cryptography.CryptographicException)
            {
                return known;
            }
        }
    }

    private static Known Read(string file)
    {
        var info = new FileInfo(file);
        var (written, length, pem) = (info.LastWriteTimeUtc, info.Length, File.ReadAllText(file));
        var read = new X509Certificate2Collection();
        read.ImportFromPem(pem);
        return read.Count > 0 ? new(written, length, pem, [.. read]) : throw new System.Security.Cryptography.CryptographicException($"{file} holds no certificate.");
    }

    private sealed record Known(DateTime Written, long Length, string Pem, IReadOnlyList<X509Certificate2> Certificates);
}
