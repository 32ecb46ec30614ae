using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using NodeActor.Runtime.Containerd.Cri;
using Shared.Api;

namespace NodeActor.Runtime.Containerd;

/// <summary>Reads what the CRI answers as our records.</summary>
internal static class CriObservations
{
    private const int LongestMessage = 4096;

    public static PodUid? Uid(IDictionary<string, string> labels) =>
        labels.TryGetValue(CriLabels.PodUid, out var uid) && uid.Length > 0 ? new PodUid(uid) : null;

    public static RuntimeSandbox Sandbox(PodUid uid, PodSandbox item) =>
        new(item.Id, uid, item.Metadata.Namespace, item.Metadata.Name, (int)item.Metadata.Attempt, item.State == PodSandboxState.SandboxReady)
        {
            CreatedAt = Time(item.CreatedAt) ?? default,
        };

    public static RuntimeSandbox Sandbox(PodUid uid, PodSandboxStatus status) =>
        new(status.Id, uid, status.Metadata.Namespace, status.Metadata.Name, (int)status.Metadata.Attempt, status.State == PodSandboxState.SandboxReady)
        {
            CreatedAt = Time(status.CreatedAt) ?? default,
            IPs = Addresses(status.Network),
        };

    public static RuntimeContainer Container(PodUid uid, Container item) =>
        new(item.Id, uid, item.PodSandboxId, item.Metadata.Name, (int)item.Metadata.Attempt, Phase(item.State))
        {
            CreatedAt = Time(item.CreatedAt) ?? default,
            ImageRef = item.ImageRef,
            Image = Image(item.Annotations),
            RestartDelay = RestartDelay(item.Annotations),
        };

    /// <summary>A container with details. <paramref name="sandboxId"/> is passed on, because a container's status does not name it.</summary>
    public static RuntimeContainer Container(PodUid uid, string sandboxId, ContainerStatus status)
    {
        var phase = Phase(status.State);
        var ended = phase == ContainerPhase.Exited;
        return new(status.Id, uid, sandboxId, status.Metadata.Name, (int)status.Metadata.Attempt, phase)
        {
            CreatedAt = Time(status.CreatedAt) ?? default,
            StartedAt = Time(status.StartedAt),
            FinishedAt = ended ? Time(status.FinishedAt) : null,
            ExitCode = ended ? status.ExitCode : 0,
            Reason = ended ? status.Reason : "",
            Message = ended ? TerminationMessage(status) : "",
            ImageRef = status.ImageRef,
            Image = Image(status.Annotations),
            RestartDelay = RestartDelay(status.Annotations),
        };
    }

    /// <summary>What a container has used; null for one that does not run, of which containerd lists no figures, and for one that is not of a pod of ours.</summary>
    public static ContainerCounters? Counters(ContainerStats stats) =>
        stats is { Attributes: { } of, Cpu: { UsageCoreNanoSeconds: { } cpu, Timestamp: > 0 and var at }, Memory.WorkingSetBytes: { } memory } && Uid(of.Labels) is { } uid && of.Metadata is { } named
            ? new(of.Id, uid, named.Name, DateTimeOffset.UnixEpoch.AddTicks(at / 100), Whole(cpu.Value), Whole(memory.Value))
            : null;

    public static RuntimeImage Image(Image image) =>
        new(image.Id, image.RepoDigests.FirstOrDefault() ?? image.Id, [.. image.RepoDigests, .. image.RepoTags], (long)image.Size, image.Uid?.Value, image.Username);

    private static long Whole(ulong number) => (long)Math.Min(number, long.MaxValue);

    private static ContainerPhase Phase(ContainerState state) => state switch
    {
        ContainerState.ContainerCreated => ContainerPhase.Created,
        ContainerState.ContainerRunning => ContainerPhase.Running,
        ContainerState.ContainerExited => ContainerPhase.Exited,
        _ => ContainerPhase.Unknown,
    };

    private static ImmutableArray<string> Addresses(PodSandboxNetworkStatus? network) =>
        network is null || network.Ip.Length == 0 ? [] : [network.Ip, .. network.AdditionalIps.Select(one => one.Ip)];

    private static string Image(IDictionary<string, string> annotations) => annotations.TryGetValue(CriLabels.Image, out var image) ? image : "";

    private static TimeSpan RestartDelay(IDictionary<string, string> annotations) =>
        annotations.TryGetValue(CriLabels.RestartDelay, out var text) && double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 3600
            ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.Zero;

    /// <summary>The CRI counts nanoseconds since 1970; 0 is never.</summary>
    private static DateTimeOffset? Time(long nanoseconds) => nanoseconds <= 0 ? null : DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100);

    private static string TerminationMessage(ContainerStatus status)
    {
        if (!status.Annotations.TryGetValue(CriLabels.TerminationMessagePath, out var path)) return status.Message;
        try
        {
            using var file = File.OpenRead(path);
            var bytes = new byte[LongestMessage];
            var read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return read == 0 ? status.Message : Encoding.UTF8.GetString(bytes, 0, read);
        }
        catch (IOException)
        {
            // The pod's folder may be gone already: the runtime's own message is the best there is.
            return status.Message;
        }
    }

    /// <summary>What is wrong with the runtime, in the kubelet's words; empty if both its conditions hold.</summary>
    public static string Trouble(RuntimeStatus status) => string.Join(", ", new[]
    {
        Trouble(status, "RuntimeReady", "container runtime not ready"),
        Trouble(status, "NetworkReady", "container runtime network not ready"),
    }.OfType<string>());

    private static string? Trouble(RuntimeStatus status, string type, string what) => status.Conditions.FirstOrDefault(one => one.Type == type) switch
    {
        null => $"{what}: {type} is not told",
        { Status: false } one => $"{what}: {type}=false reason:{one.Reason} message:{one.Message}",
        _ => null,
    };
}
