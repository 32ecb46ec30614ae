using System.Security.Cryptography.X509Certificates;
using Shared.Hosting;

namespace NodeActor.Streaming;

/// <summary>Who may read logs here: the gateway and administrators, by a certificate of the cluster's authority.</summary>
internal static class GatewayCertificate
{
    private const string CommonName = "2.5.4.3";
    private const string Organization = "2.5.4.10";
    private const string Gateway = "kube-apiserver-kubelet-client";
    private const string Masters = "system:masters";

    /// <summary>True if an authority signed it and it is still good.</summary>
    public static bool IsSigned(X509Certificate2 certificate, TrustedAuthorities authorities)
    {
        using var chain = new X509Chain { ChainPolicy = authorities.Policy() };
        chain.ChainPolicy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.2")); // client authentication
        return chain.Build(certificate);
    }

    /// <summary>True for the gateway's client certificate and for members of system:masters.</summary>
    public static bool MayRead(X509Certificate2 certificate) => certificate.SubjectName.EnumerateRelativeDistinguishedNames()
        .Where(part => !part.HasMultipleElements)
        .Any(part => (part.GetSingleElementType().Value, part.GetSingleElementValue()) is (CommonName, Gateway) or (Organization, Masters));
}
