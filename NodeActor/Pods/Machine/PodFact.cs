using System.Collections.Immutable;
using NodeActor.Probes;
using NodeActor.Runtime;
using Shared.Api;

namespace NodeActor.Pods.Machine;

/// <summary>Something that happened to a pod.</summary>
public abstract record PodFact;

/// <summary>A new version of the desired pod.</summary>
public sealed record DesiredChanged(PodDefinition Definition) : PodFact;

/// <summary>The object is gone.</summary>
public sealed record Vanished : PodFact;

/// <summary>The pod must not run here, or may again.</summary>
public sealed record FenceChanged(bool Fenced, TimeSpan Grace) : PodFact;

/// <summary>No new connection reaches the pod.</summary>
public sealed record DrainConfirmed : PodFact;

/// <summary>The ConfigMaps and Secrets the pod uses: each of them, those that do not exist too.</summary>
public sealed record ObjectsKnown(ImmutableDictionary<ObjectKey, HeldObject> Objects) : PodFact;

/// <summary>The runtime says that a container or sandbox ended; it may be of another pod.</summary>
public sealed record ExitHinted(string Id) : PodFact;

/// <summary>What the periodic listing shows of the pod.</summary>
public sealed record Relisted(RuntimePod Listing) : PodFact;

/// <summary>The node's addresses and size.</summary>
public sealed record HostProfileChanged(ImmutableArray<string> HostIPs, ImmutableDictionary<string, string> Allocatable) : PodFact;

/// <summary>A step of an operation that is still under way; only told of.</summary>
public sealed record Progress(string FieldPath, string Type, string Reason, string Message) : PodFact;

/// <summary>How an operation ended.</summary>
public abstract record PodResult(string Key) : PodFact;

/// <summary>It did not work. With <paramref name="OutcomeUnknown"/> the runtime is looked at before anything else is done.</summary>
public sealed record OperationFailed(string Key, string Message, bool OutcomeUnknown) : PodResult(Key);

/// <summary>It worked and there is nothing more to say.</summary>
public sealed record OperationDone(string Key) : PodResult(Key);

/// <summary>All there is of the pod.</summary>
public sealed record PodObserved(string Key, RuntimePod Pod) : PodResult(Key);

/// <summary>One container as it is now; null: it is gone.</summary>
public sealed record ContainerSeen(string Key, string Id, RuntimeContainer? Container) : PodResult(Key);

/// <summary>A sandbox was made.</summary>
public sealed record SandboxStarted(string Key, RuntimeSandbox Sandbox) : PodResult(Key);

/// <summary>The node has the image.</summary>
public sealed record ImageReady(string Key, string Container, RuntimeImage Image) : PodResult(Key);

/// <summary>The node can not get the image.</summary>
public sealed record ImageFailed(string Key, string Container, string Reason, string Message) : PodResult(Key);

/// <summary>A container was created and its process started, or failed to (then it is Exited with reason StartError).</summary>
public sealed record ContainerStarted(string Key, RuntimeContainer Container) : PodResult(Key);

/// <summary>A container could not be made. <paramref name="Reason"/> is CreateContainerConfigError, CreateContainerError or RunContainerError.</summary>
public sealed record ContainerFailed(string Key, string Container, string Reason, string Message) : PodResult(Key);

/// <summary>A postStart hook ended; null: well.</summary>
public sealed record PostStartEnded(string Key, string Id, string? Error) : PodResult(Key);

/// <summary>A probe ended.</summary>
public sealed record ProbeEnded(string Key, string Id, ProbeKind Kind, ProbeResult Result) : PodResult(Key);
