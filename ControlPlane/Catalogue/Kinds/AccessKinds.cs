using ControlPlane.Objects;
using k8s.Models;
using static ControlPlane.Catalogue.Kinds.KindEntry;

namespace ControlPlane.Catalogue.Kinds;

/// <summary>Who may do what: rbac, authentication, authorization and certificates.</summary>
internal static class AccessKinds
{
    public static IEnumerable<KindDefinition> Table =>
    [
        Cluster<V1ClusterRoleBinding>(),
        Cluster<V1ClusterRole>(),
        Namespaced<V1RoleBinding>(),
        Namespaced<V1Role>(),
        Request<V1SelfSubjectReview>("selfsubjectreviews"),
        Request<V1TokenReview>("tokenreviews"),
        Request<V1LocalSubjectAccessReview>("localsubjectaccessreviews", namespaced: true),
        Request<V1SelfSubjectAccessReview>("selfsubjectaccessreviews"),
        Request<V1SelfSubjectRulesReview>("selfsubjectrulesreviews"),
        Request<V1SubjectAccessReview>("subjectaccessreviews"),
        Cluster<V1CertificateSigningRequest>("csr") with
        {
            HasStatus = true,
            Subresources = [Sub<V1CertificateSigningRequest>("approval", ReadAndWrite)],
        },
        Cluster<V1ClusterTrustBundle>(),
        Namespaced<V1PodCertificateRequest>() with { HasStatus = true },
    ];
}
