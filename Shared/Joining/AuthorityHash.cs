using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Shared.Joining;

/// <summary>kubeadm's <c>discovery-token-ca-cert-hash</c>: the SHA-256 of an authority's public key (RFC 7469, SubjectPublicKeyInfo).</summary>
public static class AuthorityHash
{
    /// <summary>64 lower-case hexadecimal digits.</summary>
    public static string Of(X509Certificate2 authority) => Convert.ToHexStringLower(SHA256.HashData(authority.PublicKey.ExportSubjectPublicKeyInfo()));
}
