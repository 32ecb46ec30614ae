namespace ControlPlane.Workloads.CronJobs;

/// <summary>What a CronJob and its Jobs know each other by.</summary>
internal static class CronJobNames
{
    /// <summary>Annotation of a Job: the time it was scheduled for.</summary>
    public const string Scheduled = "batch.kubernetes.io/cronjob-scheduled-timestamp";

    /// <summary>Holds a Job until its CronJob has stored that its time has been served. Not Kubernetes': there a Job that is gone before that runs again.</summary>
    public const string Finalizer = "batch.kubernetes.io/cronjob-tracking";
}
