using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Shared.Hosting;

/// <summary>What a process is among the processes of a cluster.</summary>
public enum ProcessRole
{
    /// <summary>A control plane: it joins the cluster.</summary>
    Member,

    /// <summary>A node agent: it asks.</summary>
    Node,
}

/// <summary>
/// The roles that the cluster's authority gives to processes. They stand in the certificate as URIs among its alternative names, apart from the name and groups by
/// which the gateway knows users: no user's certificate makes its holder a process, and none of one role does for the other.
/// </summary>
public static class ProcessCertificate
{
    /// <summary>The URI of a control plane.</summary>
    public const string Member = "urn:actors:member";

    private const string NodePrefix = "urn:actors:node:";
    private const string AlternativeNames = "2.5.29.17";

    // RFC 5280, GeneralName: uniformResourceIdentifier [6] IA5String.
    private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6);

    /// <summary>The URI of a node. A name that ends in <c>*</c> stands for all names that begin like it: a process may host many simulated nodes.</summary>
    public static string Node(string name) => NodePrefix + name;

    /// <summary>Whether the certificate has this role, for whichever node.</summary>
    public static bool Has(X509Certificate2 certificate, ProcessRole role) => Roles(certificate).Any(uri => role switch
    {
        ProcessRole.Member => uri == Member,
        _ => uri.StartsWith(NodePrefix, StringComparison.Ordinal),
    });

    /// <summary>Whether the certificate is that of this node.</summary>
    public static bool IsNode(X509Certificate2 certificate, string name) => Roles(certificate).Any(uri =>
        uri.EndsWith('*') ? uri.Length > NodePrefix.Length + 1 && Node(name).StartsWith(uri[..^1], StringComparison.Ordinal) : uri == Node(name));

    /// <summary>The one node whose certificate it is; null if it is that of none, or of many.</summary>
    public static string? NodeOf(X509Certificate2 certificate) =>
        Roles(certificate) is [var role] && role.StartsWith(NodePrefix, StringComparison.Ordinal) && !role.EndsWith('*') ? role[NodePrefix.Length..] : null;

    /// <summary>Whether the certificate is the work of one of the authorities, and valid now.</summary>
    public static bool IsSigned(X509Certificate2 certificate, TrustedAuthorities authorities, DateTimeOffset now)
    {
        using var chain = new X509Chain { ChainPolicy = authorities.Policy() };
        chain.ChainPolicy.VerificationTime = now.LocalDateTime;
        return chain.Build(certificate);
    }

    /// <summary>The URIs among the alternative names; none where they can't be read.</summary>
    public static IReadOnlyList<string> Roles(X509Certificate2 certificate)
    {
        if (certificate.Extensions.FirstOrDefault(extension => extension.Oid?.Value == AlternativeNames) is not { } names) return [];
        try
        {
            var found = new List<string>();
            var reader = new AsnReader(names.RawData, AsnEncodingRules.DER).ReadSequence();
            while (reader.HasData)
            {
                if (reader.PeekTag().HasSameClassAndValue(Uri)) found.Add(reader.ReadCharacterString(UniversalTagNumber.IA5String, Uri));
                else reader.ReadEncodedValue();
            }
            return found;
        }
        catch (Exception unreadable) when (unreadable is AsnContentException or CryptographicException)
        {
            return [];
        }
    }
}
