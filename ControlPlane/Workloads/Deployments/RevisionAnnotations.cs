using System.Globalization;

namespace ControlPlane.Workloads.Deployments;

/// <summary>The annotations by which <c>kubectl rollout history</c> and <c>undo</c> find their way.</summary>
internal static class RevisionAnnotations
{
    public const string Revision = "deployment.kubernetes.io/revision";
    public const string History = "deployment.kubernetes.io/revision-history";
    public const string DesiredReplicas = "deployment.kubernetes.io/desired-replicas";
    public const string MaxReplicas = "deployment.kubernetes.io/max-replicas";

    // Longer histories lose their oldest entries.
    private const int LongestHistory = 2000;

    private static readonly HashSet<string> NotCopied = new(StringComparer.Ordinal)
    {
        "kubectl.kubernetes.io/last-applied-configuration", Revision, History, DesiredReplicas, MaxReplicas, "deprecated.deployment.rollback.to", AutomaticRollback.Failed,
    };

    /// <summary>The annotations of a Deployment that its current ReplicaSet carries too, such as the change-cause.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Copied(IEnumerable<KeyValuePair<string, string>> annotations) =>
        annotations.Where(entry => !NotCopied.Contains(entry.Key));

    /// <summary>A set's revision; 0 if it has none.</summary>
    public static long Of(OwnedReplicaSet set) => Parse(set.Annotation(Revision));

    public static int? Number(OwnedReplicaSet set, string annotation) =>
        int.TryParse(set.Annotation(annotation), CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Gives the current set the Deployment's annotations and the newest revision, and remembers the revision it had.</summary>
    public static void Update(OwnedReplicaSet current, DeploymentState deployment, long newest)
    {
        foreach (var (name, value) in Copied(deployment.Annotations)) current.Annotate(name, value);
        var old = Of(current);
        if (old >= newest) return;
        if (old > 0) current.Annotate(History, Append(current.Annotation(History), old));
        current.Annotate(Revision, newest.ToString(CultureInfo.InvariantCulture));
    }

    private static string Append(string? history, long revision)
    {
        var added = string.IsNullOrEmpty(history) ? $"{revision}" : $"{history},{revision}";
        while (added.Length > LongestHistory && added.IndexOf(',') is var comma and >= 0) added = added[(comma + 1)..];
        return added;
    }

    private static long Parse(string? revision) => long.TryParse(revision, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
