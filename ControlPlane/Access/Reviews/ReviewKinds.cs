using System.Collections.Immutable;
using ControlPlane.Catalogue;
using ControlPlane.Objects;
using k8s.Models;

namespace ControlPlane.Access.Reviews;

/// <summary>Questions about who somebody is and what they may do. They are answered and not kept.</summary>
internal static class ReviewKinds
{
    public static ImmutableArray<KindDefinition> Definitions { get; } =
    [
        KindOf.Request<V1SelfSubjectReview>("selfsubjectreviews"),
        KindOf.Request<V1TokenReview>("tokenreviews"),
        KindOf.Request<V1LocalSubjectAccessReview>("localsubjectaccessreviews", namespaced: true),
        KindOf.Request<V1SelfSubjectAccessReview>("selfsubjectaccessreviews"),
        KindOf.Request<V1SelfSubjectRulesReview>("selfsubjectrulesreviews"),
        KindOf.Request<V1SubjectAccessReview>("subjectaccessreviews"),
    ];
}
