using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shared.Hosting;

namespace ControlPlane.Access.Pki;

/// <summary>A certificate with its private key, and the PEM file that holds both.</summary>
public sealed record Credential(X509Certificate2 Certificate, string File);

/// <summary>
/// The identity of one cluster: its authority and the certificates every process shows. Lives in <c>DATA/pki</c>, made at the first start and
/// used again at every later one; a certificate near its end, or one that no longer names what it must, is made anew.
/// </summary>
/// <remarks>One PEM file holds a certificate and its key, so that a crash can never leave one without the other.</remarks>
public sealed class ClusterPki
{
    private readonly CertificateAuthority _authority;
    private readonly PkiOptions _options;

    private ClusterPki(string folder, CertificateAuthority authority, PkiOptions options)
    {
        Folder = folder;
        _authority = authority;
        _options = options;
        new AuthorityFiles(folder).Publish();
        Trusted = new(AuthorityFile);
        Server = Ensure("server", CertificateProfile.Server(options));
        Administrator = Ensure("admin", CertificateProfile.Administrator);
        KubeletClient = Ensure("kubelet-client", CertificateProfile.KubeletClient);
        AdministratorToken = EnsureSecret(AdministratorTokenFile);
        AgentKey = Convert.FromHexString(EnsureSecret(Path.Combine(folder, "agents.key")));
    }

    /// <summary>The folder of all files, mode 0700.</summary>
    public string Folder { get; }

    /// <summary>The authority's certificate alone, for those who must trust it; two while it is replaced, the one that signs first.</summary>
    public string AuthorityFile => Path.Combine(Folder, "ca.crt");

    /// <summary>The file of <see cref="AdministratorToken"/>.</summary>
    public string AdministratorTokenFile => Path.Combine(Folder, "admin.token");

    /// <summary>The authority; only the processes of the control plane hold its key.</summary>
    public X509Certificate2 Authority => _authority.Certificate;

    /// <summary>The authority that signs now, for certificates of others than the cluster's own processes.</summary>
    internal CertificateAuthority Signing => _authority;

    /// <summary>The certificates of <see cref="AuthorityFile"/>, as PEM.</summary>
    public string AuthorityPem => Trusted.Pem;

    /// <summary>The authorities whose certificates count, as they are at every moment.</summary>
    public TrustedAuthorities Trusted { get; }

    /// <summary>The gateway's certificate, good for a TLS server and as a client among the members.</summary>
    public Credential Server { get; }

    /// <summary><c>kubernetes-admin</c> in <c>system:masters</c>.</summary>
    public Credential Administrator { get; }

    /// <summary>What the gateway shows to the streaming servers of nodes.</summary>
    public Credential KubeletClient { get; }

    /// <summary>A bearer token with the same rights as <see cref="Administrator"/>.</summary>
    public string AdministratorToken { get; }

    /// <summary>The key of the tickets that agents are given, in <c>agents.key</c>; every control plane of a cluster has the same.</summary>
    public byte[] AgentKey { get; }

    /// <summary>Reads the identity in <c>DATA/pki</c>, and makes what is missing or spent.</summary>
    /// <exception cref="CryptographicException">A file there is not what its name says.</exception>
    public static ClusterPki Ensure(string dataDirectory, PkiOptions options, TimeProvider clock)
    {
        var folder = Path.Combine(dataDirectory, "pki");
        PrivateFile.CreateFolder(folder);
        var file = Path.Combine(folder, "ca.pem");
        if (!File.Exists(file))
        {
            MakeAuthority(file, options, clock);
        }
        return new ClusterPki(folder, new CertificateAuthority(Load(file), clock), options);
    }

    /// <summary>Makes an authority, with its key, in a file.</summary>
    public static void MakeAuthority(string file, PkiOptions options, TimeProvider clock)
    {
        // Told apart by their names too: two may be trusted at a time.
        using var made = CertificateAuthority.Create($"kubernetes-ca-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}", options.AuthorityLifetime, clock);
        PrivateFile.Write(file, Pem(made));
    }

    /// <summary>The certificate of a node's agent, in <c>pki/nodes/NAME.pem</c>. Names are those of Node objects, so they are safe file names.</summary>
    public Credential Node(string name, IEnumerable<IPAddress> addresses)
    {
        PrivateFile.CreateFolder(Path.Combine(Folder, "nodes"));
        return Ensure(Path.Combine("nodes", name), CertificateProfile.Node(name, addresses));
    }

    /// <summary>The certificate of a process that simulates nodes of this prefix, in <c>pki/nodes/PREFIX.pem</c>.</summary>
    public Credential HollowNodes(string prefix, IEnumerable<IPAddress> addresses)
    {
        PrivateFile.CreateFolder(Path.Combine(Folder, "nodes"));
        return Ensure(Path.Combine("nodes", prefix), CertificateProfile.HollowNodes(prefix, addresses));
    }

    /// <summary>Signs a certificate for a node whose key is elsewhere.</summary>
    /// <param name="request">A certificate request (PKCS#10) as PEM, signed by the node's key. Only the key is taken from it.</param>
    /// <param name="fault">Why it is refused.</param>
    /// <returns>The certificate as PEM; null if the request is refused.</returns>
    public string? SignNode(string name, IEnumerable<IPAddress> addresses, string request, out string fault)
    {
        fault = "";
        try
        {
            var key = CertificateRequest.LoadSigningRequestPem(request, HashAlgorithmName.SHA256).PublicKey;
            using var ecdsa = key.GetECDsaPublicKey();
            if (ecdsa is { KeySize: >= 256 })
            {
                using var signed = _authority.Sign(CertificateProfile.Node(name, addresses), key, _options.CertificateLifetime);
                return signed.ExportCertificatePem();
            }
        }
        catch (Exception unfit) when (unfit is CryptographicException or ArgumentException)
        {
            // Said below.
        }
        fault = "request is not a certificate request that an ECDSA key of 256 bits or more has signed";
        return null;
    }

    private Credential Ensure(string name, CertificateProfile profile)
    {
        var file = Path.Combine(Folder, name + ".pem");
        if (File.Exists(file))
        {
            var found = Load(file);
            if (_authority.StillServes(found, profile, _options.CertificateLifetime)) return new Credential(found, file);
            found.Dispose();
        }
        using var made = _authority.Issue(profile, _options.CertificateLifetime);
        PrivateFile.Write(file, Pem(made));
        return new Credential(Load(file), file);
    }

    /// <summary>32 random bytes, in hexadecimal digits.</summary>
    private static string EnsureSecret(string file)
    {
        if (!File.Exists(file)) PrivateFile.Write(file, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)) + "\n");
        return File.ReadAllText(file).Trim();
    }

    private static string Pem(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey() ?? throw new CryptographicException("The certificate has no ECDSA key.");
        return $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    }

    private static X509Certificate2 Load(string file)
    {
        var certificate = X509Certificate2.CreateFromPemFile(file);
        if (!OperatingSystem.IsWindows()) return certificate;

        // Windows' TLS can't use a key that lives in memory only.
        using (certificate) return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
