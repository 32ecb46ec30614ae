using ControlPlane.Objects;

namespace ControlPlane.Admission;

/// <summary>Where pods stand in objects.</summary>
internal static class PodPlace
{
    /// <summary>Where in an object of the kind a pod, or the template of one, stands: empty for a pod itself; null: nowhere.</summary>
    public static string[]? In(KindDefinition kind) => (kind.Group, kind.Plural) switch
    {
        ("", "pods") => [],
        ("", "replicationcontrollers") or ("apps", "deployments" or "replicasets" or "statefulsets" or "daemonsets") or ("batch", "jobs") => ["spec", "template"],
        ("batch", "cronjobs") => ["spec", "jobTemplate", "spec", "template"],
        ("", "podtemplates") => ["template"],
        _ => null,
    };
}
