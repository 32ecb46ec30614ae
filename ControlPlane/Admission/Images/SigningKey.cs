using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ControlPlane.Admission.Images;

/// <summary>A public key that signatures of images are verified with: ECDSA on P-256 as cosign makes them, or RSA (PKCS #1 v1.5), both with SHA-256. Immutable.</summary>
internal sealed class SigningKey
{
    private const string Label = "PUBLIC KEY";
    private const string EllipticCurve = "1.2.840.10045.2.1";
    private const string P256 = "1.2.840.10045.3.1.7";
    private const string Rsa = "1.2.840.113549.1.1.1";
    private const string Ed25519 = "1.3.101.112";
    private const int LeastRsaBits = 2048;
    private const int MostRsaBits = 8192;
    private readonly PublicKey _key;
    private readonly bool _isRsa;

    private SigningKey(PublicKey key, bool isRsa, string fingerprint) => (_key, _isRsa, Fingerprint) = (key, isRsa, fingerprint);

    /// <summary>What tells it from all others: the SHA-256 of its SubjectPublicKeyInfo.</summary>
    public string Fingerprint { get; }

    /// <summary>Reads a key in PEM, as <c>cosign.pub</c> is.</summary>
    /// <exception cref="FormatException">It is none that can be used; the message says why, and continues «publicKey».</exception>
    public static SigningKey Read(string pem)
    {
        if (!PemEncoding.TryFind(pem, out var found)) throw new FormatException("must be a public key in PEM, beginning with -----BEGIN PUBLIC KEY-----");
        var label = pem[found.Label];
        if (label.EndsWith("PRIVATE KEY", StringComparison.Ordinal)) throw new FormatException("is a private key: keep it to yourself, and give the public one (cosign.pub)");
        if (label != Label) throw new FormatException($"is a PEM block of type {label}: must be {Label} (openssl x509 -pubkey -noout prints that of a certificate)");
        if (PemEncoding.TryFind(pem.AsSpan()[found.Location.End..], out _)) throw new FormatException("must be one key: name each key as an item of its own");
        var info = Convert.FromBase64String(pem[found.Base64Data]);
        try
        {
            var key = PublicKey.CreateFromSubjectPublicKeyInfo(info, out var read);
            if (read != info.Length) throw new FormatException("has something behind the key");
            Check(key);
            return new(key, key.Oid.Value == Rsa, Convert.ToHexStringLower(SHA256.HashData(info)));
        }
        catch (CryptographicException broken)
        {
            throw new FormatException($"can't be read as a public key: {broken.Message}", broken);
        }
    }

    /// <summary>Whether a signature is of this key over exactly these bytes.</summary>
    /// <param name="signature">For ECDSA in DER.</param>
    public bool Verifies(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> signature)
    {
        if (_isRsa)
        {
            using var rsa = _key.GetRSAPublicKey()!;
            return rsa.VerifyData(payload, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        using var curve = _key.GetECDsaPublicKey()!;
        return curve.VerifyData(payload, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    private static void Check(PublicKey key)
    {
        switch (key.Oid.Value)
        {
            case EllipticCurve:
                using (var curve = key.GetECDsaPublicKey()!)
                {
                    if (curve.ExportParameters(false).Curve.Oid.Value != P256) throw new FormatException("is a key on another curve than P-256, which is the only one supported");
                }
                break;
            case Rsa:
                using (var rsa = key.GetRSAPublicKey()!)
                {
                    if (rsa.KeySize is < LeastRsaBits or > MostRsaBits) throw new FormatException($"is an RSA key of {rsa.KeySize} bits: must have {LeastRsaBits} to {MostRsaBits}");
                }
                break;
            case Ed25519:
                throw new FormatException("is an Ed25519 key, which is not supported: use ECDSA on P-256 (cosign generate-key-pair) or RSA");
            default:
                throw new FormatException($"is a key of the algorithm {key.Oid.Value}, which is not supported: use ECDSA on P-256 (cosign generate-key-pair) or RSA");
        }
    }
}
