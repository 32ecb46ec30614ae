namespace NodeActor.Runtime.Containerd;

/// <summary>
/// Labels and annotations by which an agent finds its pods again. The labels are those of the kubelet, so that crictl and other CRI tools
/// show pod and container names.
/// </summary>
internal static class CriLabels
{
    public const string PodName = "io.kubernetes.pod.name";
    public const string PodNamespace = "io.kubernetes.pod.namespace";
    public const string PodUid = "io.kubernetes.pod.uid";
    public const string ContainerName = "io.kubernetes.container.name";
    public const string RestartCount = "io.kubernetes.container.restartCount";
    public const string Image = "nodes.actors.io/image";
    public const string RestartDelay = "nodes.actors.io/restart-delay-seconds";
    public const string TerminationMessagePath = "nodes.actors.io/termination-message-path";
}
