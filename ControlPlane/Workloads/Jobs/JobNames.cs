namespace ControlPlane.Workloads.Jobs;

/// <summary>The labels, annotations and the finalizer that a Job and its pods know each other by.</summary>
internal static class JobNames
{
    /// <summary>Holds a pod until its Job has counted it.</summary>
    public const string Finalizer = "batch.kubernetes.io/job-tracking";

    public const string UidLabel = "batch.kubernetes.io/controller-uid";
    public const string LegacyUidLabel = "controller-uid";
    public const string NameLabel = "batch.kubernetes.io/job-name";
    public const string LegacyNameLabel = "job-name";

    /// <summary>Label and annotation of a pod of an Indexed Job.</summary>
    public const string Index = "batch.kubernetes.io/job-completion-index";

    /// <summary>Annotation: how many pods of the index failed before this one, of those that count against backoffLimitPerIndex.</summary>
    public const string FailureCount = "batch.kubernetes.io/job-index-failure-count";

    /// <summary>Annotation: how many pods of the index failed before this one and were ignored by the failure policy.</summary>
    public const string IgnoredCount = "batch.kubernetes.io/job-index-ignored-failure-count";

    /// <summary>The environment variable that tells a container its pod's index.</summary>
    public const string IndexVariable = "JOB_COMPLETION_INDEX";

    /// <summary>What <c>spec.managedBy</c> says, or leaves unsaid, of a Job that is ours.</summary>
    public const string Controller = "kubernetes.io/job-controller";
}
