using System.Collections.Immutable;
using Shared.Api;

namespace NodeActor.Runtime;

/// <summary>A port of the node that leads to a port of the pod.</summary>
public sealed record SandboxPort(string Protocol, int ContainerPort, int Port, string HostIP);

/// <summary>What <c>/etc/resolv.conf</c> holds.</summary>
public sealed record DnsSettings(ImmutableArray<string> Servers, ImmutableArray<string> Searches, ImmutableArray<string> Options);

/// <summary>Which of a pod's namespaces are the node's or shared by its containers.</summary>
public sealed record NamespaceSettings(bool HostNetwork, bool HostPid, bool HostIpc, bool SharedPid);

/// <summary>What a pod sandbox is made from.</summary>
public sealed record SandboxSpec(ObjectKey Pod, PodUid Uid, int Attempt)
{
    /// <summary>Empty with the host's network.</summary>
    public string Hostname { get; init; } = "";

    /// <summary>The folder that container log paths are relative to.</summary>
    public string LogDirectory { get; init; } = "";

    /// <summary>Null: the node's own.</summary>
    public DnsSettings? Dns { get; init; }

    public ImmutableArray<SandboxPort> Ports { get; init; } = [];
    public NamespaceSettings Namespaces { get; init; } = new(false, false, false, false);
    public bool Privileged { get; init; }
    public long? RunAsUser { get; init; }
    public long? RunAsGroup { get; init; }
    public ImmutableArray<long> SupplementalGroups { get; init; } = [];
    public ImmutableDictionary<string, string> Sysctls { get; init; } = ImmutableDictionary<string, string>.Empty;
    public ImmutableDictionary<string, string> Labels { get; init; } = ImmutableDictionary<string, string>.Empty;
}
