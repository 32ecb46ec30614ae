using System.Security.Cryptography;
using ControlPlane.Admission.Images;
using Xunit;

namespace Tests.Unit.Admission.Images;

/// <summary>The keys that signatures are verified with.</summary>
public sealed class SigningKeyTests
{
    // SubjectPublicKeyInfo of RFC 8410, section 10.1.
    private const string Ed25519 = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----";
    private static readonly byte[] Payload = "signed"u8.ToArray();

    [Fact]
    public void Signature_of_a_key_is_known_and_of_no_other()
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        Holds(curve.ExportSubjectPublicKeyInfoPem(), curve.SignData(Payload, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence), other.SignData(Payload, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        Holds(rsa.ExportSubjectPublicKeyInfoPem(), rsa.SignData(Payload, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), rsa.SignData(Payload, HashAlgorithmName.SHA256, RSASignaturePadding.Pss));
        Assert.Equal(SigningKey.Read(curve.ExportSubjectPublicKeyInfoPem()).Fingerprint, SigningKey.Read($"\n{curve.ExportSubjectPublicKeyInfoPem()}\n").Fingerprint);
        Assert.NotEqual(SigningKey.Read(curve.ExportSubjectPublicKeyInfoPem()).Fingerprint, SigningKey.Read(other.ExportSubjectPublicKeyInfoPem()).Fingerprint);
    }

    [Fact]
    public void Key_that_can_not_be_used_is_refused_in_words()
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var larger = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var small = RSA.Create(1024);
        Refused("", "must be a public key in PEM");
        Refused("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "can't be read as a public key");
        Refused(curve.ExportECPrivateKeyPem(), "is a private key");
        Refused(curve.ExportPkcs8PrivateKeyPem(), "is a private key");
        Refused("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "is a PEM block of type CERTIFICATE");
        Refused($"{curve.ExportSubjectPublicKeyInfoPem()}\n{curve.ExportSubjectPublicKeyInfoPem()}", "must be one key");
        Refused(larger.ExportSubjectPublicKeyInfoPem(), "is a key on another curve than P-256");
        Refused(small.ExportSubjectPublicKeyInfoPem(), "is an RSA key of 1024 bits");
        Refused(Ed25519, "is an Ed25519 key, which is not supported");
    }

    private static void Holds(string pem, byte[] right, byte[] wrong)
    {
        var key = SigningKey.Read(pem);
        Assert.True(key.Verifies(Payload, right));
        Assert.False(key.Verifies(Payload, wrong));
        Assert.False(key.Verifies("other"u8, right));
        Assert.False(key.Verifies(Payload, right.AsSpan(0, right.Length - 1)));
        Assert.False(key.Verifies(Payload, []));
    }

    private static void Refused(string pem, string why) => Assert.StartsWith(why, Assert.Throws<FormatException>(() => SigningKey.Read(pem)).Message, StringComparison.Ordinal);
}
