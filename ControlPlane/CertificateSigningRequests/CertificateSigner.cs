using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ControlPlane.Access.Pki;

namespace ControlPlane.CertificateSigningRequests;

/// <summary>
/// The signers of Kubernetes' controller manager: what each of them lets a certificate say, and the signing itself, by the cluster's authority. A URI is never signed: by
/// those the processes of the cluster know each other.
/// </summary>
internal sealed class CertificateSigner(Func<CertificateAuthority> authority)
{
    public const string Client = "kubernetes.io/kube-apiserver-client";
    public const string KubeletClient = "kubernetes.io/kube-apiserver-client-kubelet";
    public const string KubeletServing = "kubernetes.io/kubelet-serving";
    public const string LegacyUnknown = "kubernetes.io/legacy-unknown";
    private const string NodePrefix = "CN=system:node:";
    private const string Nodes = "O=system:nodes";

    /// <summary>As long as a certificate lasts at most, and where nothing is said.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    private static readonly FrozenDictionary<string, X509KeyUsageFlags> KeyUsages = new Dictionary<string, X509KeyUsageFlags>
    {
        ["signing"] = X509KeyUsageFlags.DigitalSignature, ["digital signature"] = X509KeyUsageFlags.DigitalSignature, ["content commitment"] = X509KeyUsageFlags.NonRepudiation,
        ["key encipherment"] = X509KeyUsageFlags.KeyEncipherment, ["key agreement"] = X509KeyUsageFlags.KeyAgreement, ["data encipherment"] = X509KeyUsageFlags.DataEncipherment,
        ["cert sign"] = X509KeyUsageFlags.KeyCertSign, ["crl sign"] = X509KeyUsageFlags.CrlSign, ["encipher only"] = X509KeyUsageFlags.EncipherOnly, ["decipher only"] = X509KeyUsageFlags.DecipherOnly,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> ExtendedUsages = new Dictionary<string, string>
    {
        ["any"] = "2.5.29.37.0", ["server auth"] = "1.3.6.1.5.5.7.3.1", ["client auth"] = "1.3.6.1.5.5.7.3.2", ["code signing"] = "1.3.6.1.5.5.7.3.3", ["email protection"] = "1.3.6.1.5.5.7.3.4",
        ["s/mime"] = "1.3.6.1.5.5.7.3.4", ["ipsec end system"] = "1.3.6.1.5.5.7.3.5", ["ipsec tunnel"] = "1.3.6.1.5.5.7.3.6", ["ipsec user"] = "1.3.6.1.5.5.7.3.7", ["timestamping"] = "1.3.6.1.5.5.7.3.8",
        ["ocsp signing"] = "1.3.6.1.5.5.7.3.9", ["microsoft sgc"] = "1.3.6.1.4.1.311.10.3.3", ["netscape sgc"] = "2.16.840.1.113730.4.1",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Whether there is such a usage.</summary>
    public static bool IsUsage(string usage) => KeyUsages.ContainsKey(usage) || ExtendedUsages.ContainsKey(usage);

    /// <summary>Whether requests of a signer are signed here once they are approved.</summary>
    public static bool Signs(string signer) => signer is Client or KubeletClient or KubeletServing;

    /// <summary>Whether the subject is a node, as kubelets ask for it.</summary>
    public static bool IsNode(CertificateRequest request) =>
        request.SubjectName.EnumerateRelativeDistinguishedNames().Select(Text).Order(StringComparer.Ordinal).ToArray() is [var name, Nodes] && name.StartsWith(NodePrefix, StringComparison.Ordinal) && name.Length > NodePrefix.Length;

    /// <summary>The user that a certificate with this subject would be.</summary>
    public static string UserOf(CertificateRequest request) =>
        request.SubjectName.EnumerateRelativeDistinguishedNames().Select(Text).Where(part => part.StartsWith("CN=", StringComparison.Ordinal)).Select(part => part[3..]).LastOrDefault("");

    /// <summary>The groups it would be in.</summary>
    public static IEnumerable<string> GroupsOf(CertificateRequest request) =>
        request.SubjectName.EnumerateRelativeDistinguishedNames().Select(Text).Where(part => part.StartsWith("O=", StringComparison.Ordinal)).Select(part => part[2..]);

    /// <summary>Why a signer does not sign what it is asked for; null: it does.</summary>
    public static string? Refusal(string signer, CertificateRequest request, ImmutableArray<string> usages)
    {
        var names = Names(request);
        if (names is not null && HasOthers(names)) return "a certificate can't be signed for URIs and other names than of DNS and IP";
        if (request.CertificateExtensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority)) return "a certificate of an authority is not signed";
        return signer switch
        {
            Client => Missing(usages, "client auth") ?? Other(usages, "digital signature", "key encipherment", "client auth"),
            KubeletClient when !IsNode(request) => "subject must be one organization system:nodes and a common name that begins with system:node:",
            KubeletClient when names is not null => "subject alternative names are not allowed",
            KubeletClient => Missing(usages, "client auth") ?? Missing(usages, "digital signature") ?? Other(usages, "digital signature", "key encipherment", "client auth"),
            KubeletServing when !IsNode(request) => "subject must be one organization system:nodes and a common name that begins with system:node:",
            KubeletServing when names is null || (!names.EnumerateDnsNames().Any() && !names.EnumerateIPAddresses().Any()) => "one DNS name or address at least is needed",
            KubeletServing => Missing(usages, "server auth") ?? Missing(usages, "digital signature") ?? Other(usages, "digital signature", "key encipherment", "server auth"),
            _ => "not a signer of this cluster",
        };
    }

    /// <summary>Signs. What the request asks for of extensions is not taken over, but for names.</summary>
    /// <returns>PEM.</returns>
    public string Sign(CertificateRequest request, ImmutableArray<string> usages, TimeSpan? lifetime)
    {
        var (key, extended) = (X509KeyUsageFlags.None, new OidCollection());
        foreach (var usage in usages)
        {
            key |= KeyUsages.GetValueOrDefault(usage);
            if (ExtendedUsages.TryGetValue(usage, out var identifier)) extended.Add(new(identifier));
        }
        using var signed = authority().Sign(request.SubjectName, request.PublicKey, key, extended, Names(request), lifetime is { } wanted && wanted < Longest ? wanted : Longest);
        return signed.ExportCertificatePem() + "\n";
    }

    private static X509SubjectAlternativeNameExtension? Names(CertificateRequest request) =>
        request.CertificateExtensions.FirstOrDefault(extension => extension.Oid?.Value == "2.5.29.17") is { } found ? new(found.RawData, found.Critical) : null;

    // What .NET lists is less than what may stand there: whatever else there is, is refused.
    private static bool HasOthers(X509SubjectAlternativeNameExtension names)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in names.EnumerateDnsNames()) builder.AddDnsName(name);
        foreach (var address in names.EnumerateIPAddresses()) builder.AddIpAddress(address);
        var (known, all) = (Count(builder.Build().RawData), Count(names.RawData));
        return known != all;
    }

    private static int Count(byte[] names)
    {
        var sequence = new System.Formats.Asn1.AsnReader(names, System.Formats.Asn1.AsnEncodingRules.DER).ReadSequence();
        var count = 0;
        for (; sequence.HasData; count++) sequence.ReadEncodedValue();
        return count;
    }

    private static string Text(X500RelativeDistinguishedName part) =>
        part.HasMultipleElements ? "" : $"{part.GetSingleElementType().Value switch { "2.5.4.3" => "CN", "2.5.4.10" => "O", var other => other }}={part.GetSingleElementValue()}";

    private static string? Missing(ImmutableArray<string> usages, string needed) => usages.Contains(needed) ? null : $"usages must include \"{needed}\"";

    private static string? Other(ImmutableArray<string> usages, params string[] allowed) =>
        usages.FirstOrDefault(usage => !allowed.Contains(usage)) is { } other ? $"usage \"{other}\" is not allowed by this signer" : null;
}
