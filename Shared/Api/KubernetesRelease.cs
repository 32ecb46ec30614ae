namespace Shared.Api;

/// <summary>The release of Kubernetes that all parts of the cluster follow, and so the one that servers and nodes report.</summary>
public static class KubernetesRelease
{
    /// <summary>The release whose API description the models were generated from.</summary>
    public const string Version = "v1.37.0";
}
