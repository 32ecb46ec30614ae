using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using ControlPlane.Access;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.CertificateSigningRequests;

/// <summary>What the control plane reads of a CertificateSigningRequest, parsed once per version.</summary>
internal sealed class CsrState
{
    public const string Approved = "Approved";
    public const string Denied = "Denied";
    public const string Failed = "Failed";

    public required string SignerName { get; init; }

    /// <summary>Who asked.</summary>
    public required UserInfo Requester { get; init; }
    public required ImmutableArray<string> Usages { get; init; }

    /// <summary>How long the certificate is wanted for; null: as long as may be.</summary>
    public required TimeSpan? Lifetime { get; init; }

    /// <summary>What was sent: PEM in base64.</summary>
    public required string Request { get; init; }
    public required ImmutableArray<Condition> Conditions { get; init; }

    /// <summary>The certificate, PEM in base64; empty as long as there is none.</summary>
    public required string Certificate { get; init; }
    public required JsonElement Status { get; init; }

    public static CsrState Of(StoredObject request) => request.Project(static stored => Read(ObjectLimits.ParseElement(stored.Json)));

    public bool Has(string condition) => Conditions.Find(condition) is not null;

    /// <summary>The request that was sent, its signature checked; null with why not.</summary>
    public static CertificateRequest? Parse(string base64, out string fault)
    {
        fault = "";
        try
        {
            var pem = Encoding.ASCII.GetString(Convert.FromBase64String(base64));
            return CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        }
        catch (Exception unreadable) when (unreadable is FormatException or CryptographicException or ArgumentException)
        {
            fault = unreadable is FormatException ? "must be base64" : "must be a PEM block of type CERTIFICATE REQUEST, signed by the key it names";
            return null;
        }
    }

    private static CsrState Read(JsonElement root)
    {
        var (spec, status) = (root.At("spec"), root.At("status"));
        return new()
        {
            SignerName = spec.Text("signerName"),
            Requester = new(spec.Text("username"), [.. spec.Texts("groups")]),
            Usages = [.. spec.Texts("usages")],
            Lifetime = spec.Number("expirationSeconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Request = spec.Text("request"),
            Conditions = Shared.Api.Conditions.Read(status),
            Certificate = status.Text("certificate"),
            Status = status,
        };
    }
}
