using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Access;
using ControlPlane.Access.Pki;
using ControlPlane.Catalogue;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Entities;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.CertificateSigningRequests;

/// <summary>Requests for certificates, and the bundles that say whom to trust.</summary>
internal static class CertificateKinds
{
    public static ImmutableArray<KindDefinition> Definitions { get; } =
    [
        KindOf.Cluster<V1CertificateSigningRequest>("csr") with
        {
            HasStatus = true,
            Subresources = [KindOf.Sub<V1CertificateSigningRequest>("approval", KindOf.ReadAndWrite)],
            Rules = [FieldRule.Required("spec.request"), FieldRule.Required("spec.signerName"), FieldRule.Required("spec.usages")],
            Strategy = new CsrStrategy(),
            Behaviour = EntityBehaviour.With(provider =>
            {
                var pki = provider.GetRequiredService<ClusterPki>();
                return CsrActor.PropsWith(new(new(() => pki.Signing), provider.GetRequiredService<IAuthorizer>()));
            }),
            SelectableFields = [SelectableField.At("spec.signerName")],
            Columns =
            [
                Name,
                Age,
                Field("SignerName", None, "spec", "signerName"),
                Field("Requestor", "", "spec", "username"),
                Text("RequestedDuration", request => request.Number("spec", "expirationSeconds") is { } seconds ? HumanDuration.Format(TimeSpan.FromSeconds(seconds)) : None),
                Text("Condition", Condition),
            ],
        },
        KindOf.Cluster<V1ClusterTrustBundle>() with { Columns = [Name, Field("SignerName", None, "spec", "signerName")] },
        KindOf.Namespaced<V1PodCertificateRequest>() with { HasStatus = true },
    ];

    private static string Condition(JsonObject request)
    {
        var types = request.Items("status", "conditions").Select(condition => condition.Text("type")).ToArray();
        var words = new List<string> { types.Contains("Denied") ? "Denied" : types.Contains("Approved") ? "Approved" : "Pending" };
        if (types.Contains("Failed")) words.Add("Failed");
        if (request.Text("status", "certificate").Length > 0) words.Add("Issued");
        return string.Join(',', words);
    }
}
