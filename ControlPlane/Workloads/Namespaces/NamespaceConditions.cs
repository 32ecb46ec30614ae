using System.Collections.Immutable;
using Shared.Api;

namespace ControlPlane.Workloads.Namespaces;

/// <summary>The conditions by which a Namespace says what its deletion waits for.</summary>
internal static class NamespaceConditions
{
    public static ImmutableArray<Condition> Next(ImmutableArray<Condition> present, NamespaceContents contents, DateTimeOffset now)
    {
        var finalizers = contents.Finalizers;
        Condition[] wanted =
        [
            new("NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered"),
            new("NamespaceDeletionGroupVersionParsingFailure", "False", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
            new("NamespaceDeletionContentFailure", "False", "ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
            contents.IsEmpty
                ? new("NamespaceContentRemaining", "False", "ContentRemoved", "All content successfully removed")
                : new("NamespaceContentRemaining", "True", "SomeResourcesRemain", $"Some resources are remaining: {contents.Remaining}"),
            finalizers.Length == 0
                ? new("NamespaceFinalizersRemaining", "False", "ContentHasNoFinalizers", "All content-preserving finalizers finished")
                : new("NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain", $"Some content in the namespace has finalizers remaining: {finalizers}"),
        ];
        return wanted.Aggregate(present, (conditions, condition) => conditions.With(condition, now));
    }
}
