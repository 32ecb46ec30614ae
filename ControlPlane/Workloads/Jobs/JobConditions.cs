namespace ControlPlane.Workloads.Jobs;

/// <summary>
/// The conditions of a Job and their reasons. A Job ends in two steps: <see cref="SuccessCriteriaMet"/> or <see cref="FailureTarget"/> say how it will, and
/// <see cref="Complete"/> or <see cref="Failed"/> that it has: all its pods have ended and are counted.
/// </summary>
internal static class JobConditions
{
    public const string Complete = "Complete";
    public const string Failed = "Failed";
    public const string Suspended = "Suspended";
    public const string SuccessCriteriaMet = "SuccessCriteriaMet";
    public const string FailureTarget = "FailureTarget";

    public const string CompletionsReached = "CompletionsReached";
    public const string SuccessPolicy = "SuccessPolicy";
    public const string BackoffLimitExceeded = "BackoffLimitExceeded";
    public const string DeadlineExceeded = "DeadlineExceeded";
    public const string PodFailurePolicy = "PodFailurePolicy";
    public const string FailedIndexes = "FailedIndexes";
    public const string MaxFailedIndexesExceeded = "MaxFailedIndexesExceeded";
    public const string JobSuspended = "JobSuspended";
    public const string JobResumed = "JobResumed";
}
