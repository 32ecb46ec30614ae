using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Shared.Api;

namespace Shared.Protocol;

/// <summary>
/// Shows that a registration comes from who holds the key of a certificate: a signature over a challenge of the control plane and all that the registration says,
/// so that it is good for that one attempt.
/// </summary>
/// <param name="Challenge">As <see cref="NodeChallenge"/> gave it.</param>
/// <param name="Certificate">The node's certificate, DER.</param>
/// <param name="Signature">By that certificate's key, over SHA-256; ECDSA or RSA (PKCS #1).</param>
public sealed record NodeProof(byte[] Challenge, byte[] Certificate, byte[] Signature)
{
    private const string Purpose = "registration of a node";

    /// <summary>Signs a registration.</summary>
    /// <param name="own">The node's certificate with its private key.</param>
    /// <exception cref="CryptographicException">The certificate has no key that can sign.</exception>
    public static RegisterNode Sign(X509Certificate2 own, NodeName node, string instance, byte[] nodeJson, byte[] challenge)
    {
        var said = Said(node, instance, nodeJson, challenge);
        using var curve = own.GetECDsaPrivateKey();
        using var rsa = curve is null ? own.GetRSAPrivateKey() : null;
        var signature = curve?.SignData(said, HashAlgorithmName.SHA256)
            ?? rsa?.SignData(said, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            ?? throw new CryptographicException("The certificate has neither an ECDSA nor an RSA key.");
        return new(node, instance, nodeJson, new(challenge, own.RawData, signature));
    }

    /// <summary>Whether the key of a certificate has signed this registration. Says nothing of whose certificate it is.</summary>
    public bool Verify(X509Certificate2 certificate, RegisterNode registration)
    {
        var said = Said(registration.Node, registration.Instance, registration.NodeJson, Challenge);
        using var curve = certificate.GetECDsaPublicKey();
        if (curve is not null) return curve.VerifyData(said, Signature, HashAlgorithmName.SHA256);
        using var rsa = certificate.GetRSAPublicKey();
        return rsa is not null && rsa.VerifyData(said, Signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    /// <summary>Every part is preceded by its length: no two registrations say the same bytes.</summary>
    private static byte[] Said(NodeName node, string instance, byte[] nodeJson, byte[] challenge)
    {
        using var said = new MemoryStream();
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var part in (ReadOnlySpan<byte[]>)[Encoding.UTF8.GetBytes(Purpose), Encoding.UTF8.GetBytes(node.Value), Encoding.UTF8.GetBytes(instance), nodeJson, challenge])
        {
            BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
            said.Write(length);
            said.Write(part);
        }
        return said.ToArray();
    }
}
