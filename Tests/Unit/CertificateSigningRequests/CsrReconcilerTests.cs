using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Access;
using ControlPlane.CertificateSigningRequests;
using ControlPlane.Access.Pki;
using ControlPlane.Access.Roles;
using ControlPlane.Objects;
using ControlPlane.Workloads.Patches;
using Shared.Api;
using Shared.Json;
using Tests.Unit.Nodes;
using Xunit;

namespace Tests.Unit.CertificateSigningRequests;

/// <summary>What becomes of requests for certificates, and when they go.</summary>
public sealed class CsrReconcilerTests : IDisposable
{
    private const string Serving = "kubernetes.io/kubelet-serving";
    private const string KubeletClient = "kubernetes.io/kube-apiserver-client-kubelet";
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority = CertificateAuthority.Create("ca", TimeSpan.FromDays(3650), TimeProvider.System);

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData("", null, 24)] // nobody has decided
    [InlineData("Denied", null, 1)]
    [InlineData("Approved", "Y2VydA==", 1)]
    [InlineData("Approved Failed", null, 1)]
    [InlineData("Approved", null, 24)] // whoever signs for another signer may take a while
    public void Request_goes_when_nobody_needs_it_any_more(string conditions, string? certificate, int hours)
    {
        var request = Stored("example.com/theirs", Pem("CN=a"), conditions.Split(' ', StringSplitOptions.RemoveEmptyEntries), certificate, "client auth");
        var plan = Reconcile(request, Now);
        Assert.Equal((0, TimeSpan.FromHours(hours)), (plan.Commands.Length, plan.RequeueAfter));
        var deletion = Assert.IsType<DeleteObject>(Assert.Single(Reconcile(request, Now.AddHours(hours)).Commands));
        Assert.Equal(new(request.Uid, request.Revision), deletion.Preconditions);
    }

    [Fact]
    public void Serving_certificate_has_the_names_and_usages_that_were_asked_for_and_no_more()
    {
        using var signed = Certificate(Sign(Serving, Pem("O=system:nodes, CN=system:node:n", names =>
        {
            names.AddDnsName("n.example");
            names.AddIpAddress(IPAddress.Loopback);
        }), "digital signature", "server auth"));
        var names = signed.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal(["n.example"], names.EnumerateDnsNames());
        Assert.Equal([IPAddress.Loopback], names.EnumerateIPAddresses());
        Assert.Equal(["1.3.6.1.5.5.7.3.1"], signed.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(usage => usage.Value!));
        Assert.Equal(X509KeyUsageFlags.DigitalSignature, signed.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        Assert.False(signed.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
    }

    [Theory]
    [InlineData(Serving, "O=system:nodes, CN=system:node:n", false, "server auth,digital signature", "one DNS name or address at least")]
    [InlineData(Serving, "O=others, CN=system:node:n", true, "server auth,digital signature", "subject must be")]
    [InlineData(Serving, "O=system:nodes, CN=system:node:n", true, "client auth,digital signature", "usages must include \"server auth\"")]
    [InlineData(Serving, "O=system:nodes, CN=system:node:n", true, "server auth,digital signature,client auth", "usage \"client auth\" is not allowed")]
    [InlineData(KubeletClient, "O=system:nodes, CN=system:node:n", true, "client auth,digital signature", "subject alternative names are not allowed")]
    [InlineData(KubeletClient, "O=system:nodes, O=system:masters, CN=system:node:n", false, "client auth,digital signature", "subject must be")]
    [InlineData(KubeletClient, "O=system:nodes, CN=system:node:", false, "client auth,digital signature", "subject must be")]
    [InlineData("kubernetes.io/kube-apiserver-client", "CN=a", false, "server auth,client auth", "usage \"server auth\" is not allowed")]
    public void What_a_signer_does_not_sign_fails_and_says_why(string signer, string subject, bool named, string usages, string why)
    {
        var status = Sign(signer, Pem(subject, named ? names => names.AddDnsName("n") : null), usages.Split(','));
        Assert.Contains(why, Conditions.Find(status, "Failed")!.Message, StringComparison.Ordinal);
        Assert.False(status.Has("certificate"));
    }

    [Fact]
    public void Authority_can_t_be_asked_for()
    {
        var request = new CertificateRequest("CN=a", Key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var pem = Convert.ToBase64String(Encoding.ASCII.GetBytes(request.CreateSigningRequestPem()));
        Assert.Contains("authority", Conditions.Find(Sign("kubernetes.io/kube-apiserver-client", pem, "client auth"), "Failed")!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Request_whose_signature_is_not_by_its_key_is_none()
    {
        var der = new CertificateRequest("CN=a", Key, HashAlgorithmName.SHA256).CreateSigningRequest();
        der[^1] ^= 1;
        Assert.Null(CsrState.Parse(Convert.ToBase64String(Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE REQUEST", der))), out var fault));
        Assert.Contains("signed by the key", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nodeclient", true)]
    [InlineData("selfnodeclient", false)] // the one who asks is another than the node
    [InlineData("", false)]
    public void Kubelet_s_request_is_granted_to_whom_a_role_allows_it(string may, bool granted)
    {
        var plan = Reconcile(Stored(KubeletClient, Pem("O=system:nodes, CN=system:node:n"), [], null, "client auth", "digital signature"), Now, may);
        Assert.Equal(granted, plan.Commands.OfType<PatchObject>().Any(patch => patch.Subresource == "approval"));
    }

    private JsonObject Sign(string signer, string pem, params string[] usages)
    {
        var patch = Assert.IsType<PatchObject>(Assert.Single(Reconcile(Stored(signer, pem, ["Approved"], null, usages), Now).Commands));
        return Assert.IsType<StatusPatch>(patch.Patch).Apply([], null!).Object!.Child("status")!;
    }

    private Plan Reconcile(StoredObject request, DateTimeOffset now, string may = "") =>
        new CsrReconciler(new(() => new(_authority, TimeProvider.System)), new OnlyOne(may)).Reconcile(request, new ObjectViewStub(), now);

    private static X509Certificate2 Certificate(JsonObject status) => X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(status.Text("certificate"))));

    private static string Pem(string subject, Action<SubjectAlternativeNameBuilder>? named = null)
    {
        var request = new CertificateRequest(subject, Key, HashAlgorithmName.SHA256);
        if (named is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            named(names);
            request.CertificateExtensions.Add(names.Build());
        }
        return Convert.ToBase64String(Encoding.ASCII.GetBytes(request.CreateSigningRequestPem()));
    }

    private static StoredObject Stored(string signer, string pem, string[] conditions, string? certificate, params string[] usages)
    {
        var status = new JsonObject { ["conditions"] = new JsonArray([.. conditions.Select(type => (JsonNode?)new JsonObject { ["type"] = type, ["status"] = "True", ["lastUpdateTime"] = Rfc3339.Write(Now) })]) };
        if (certificate is not null) status["certificate"] = certificate;
        var tree = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "r", ["uid"] = "1", ["creationTimestamp"] = Rfc3339.Write(Now) },
            ["spec"] = new JsonObject { ["request"] = pem, ["signerName"] = signer, ["username"] = "asker", ["groups"] = new JsonArray(), ["usages"] = new JsonArray([.. usages.Select(usage => (JsonNode?)usage)]) },
            ["status"] = status,
        };
        return new(new("certificates.k8s.io", "certificatesigningrequests", "", "r"), ObjectJson.ToUtf8(tree), 7);
    }

    private sealed class OnlyOne(string subresource) : IAuthorizer
    {
        public Verdict Judge(UserInfo user, RequestInfo request) => request.Subresource == subresource ? Verdict.Allow("") : Verdict.Refuse;

        public IEnumerable<PolicyRule> RulesOf(UserInfo user, string @namespace) => [];
    }
}
