using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using NodeActor.Agent.Health;
using Shared.Api;

namespace NodeActor.Agent;

/// <summary>What a node has and is, as the Node object tells it.</summary>
/// <param name="Cpu">Processors.</param>
/// <param name="MemoryBytes">Main memory.</param>
/// <param name="DiskBytes">The size of the file system that holds pods.</param>
/// <param name="Pods">The most pods it runs.</param>
public sealed record NodeCapacity(int Cpu, long MemoryBytes, long DiskBytes, int Pods)
{
    /// <summary>The most pods of a node, as Kubernetes has it.</summary>
    public const int UsualPods = 110;

    /// <summary>What a simulated node claims to have.</summary>
    public static NodeCapacity Hollow { get; } = new(32, 256L << 30, 1L << 40, UsualPods);

    /// <summary>Reads this machine.</summary>
    /// <param name="directory">Lies in the file system that holds pods.</param>
    public static NodeCapacity OfMachine(string directory)
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (File.Exists("/proc/meminfo") && File.ReadLines("/proc/meminfo").FirstOrDefault(line => line.StartsWith("MemTotal:", StringComparison.Ordinal)) is { } total
            && long.TryParse(total.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture, out var kib)) memory = kib * 1024;
        return new(Environment.ProcessorCount, memory, new DriveInfo(Path.GetFullPath(directory)).TotalSize, UsualPods);
    }

    /// <summary>The amounts by resource name.</summary>
    public ImmutableDictionary<string, string> Amounts { get; } = ImmutableDictionary.CreateRange(
    [
        KeyValuePair.Create("cpu", Cpu.ToString(CultureInfo.InvariantCulture)),
        KeyValuePair.Create("memory", $"{MemoryBytes / 1024}Ki"),
        KeyValuePair.Create("ephemeral-storage", $"{DiskBytes / 1024}Ki"),
        KeyValuePair.Create("pods", Pods.ToString(CultureInfo.InvariantCulture)),
    ]);
}

/// <summary>Makes the Node an agent registers.</summary>
public static class NodeDescription
{
    /// <param name="runtime">The container runtime, e.g. <c>containerd://1.6.20</c>.</param>
    public static JsonObject Create(AgentOptions options, NodeCapacity capacity, string runtime)
    {
        var architecture = RuntimeInformation.OSArchitecture is Architecture.X64 ? "amd64" : RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();
        var labels = new JsonObject
        {
            ["kubernetes.io/hostname"] = options.Node.Value,
            ["kubernetes.io/os"] = "linux",
            ["kubernetes.io/arch"] = architecture,
        };
        foreach (var (name, value) in options.Labels) labels[name] = value;
        return new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Node",
            ["metadata"] = new JsonObject { ["name"] = options.Node.Value, ["labels"] = labels },
            ["spec"] = new JsonObject(),
            ["status"] = new JsonObject
            {
                ["capacity"] = Amounts(capacity),
                ["allocatable"] = Amounts(capacity),
                ["conditions"] = NodeHealth.Well.Conditions(),
                ["addresses"] = new JsonArray(Address("InternalIP", options.Address), Address("Hostname", options.Node.Value)),
                ["daemonEndpoints"] = new JsonObject { ["kubeletEndpoint"] = new JsonObject { ["Port"] = options.StreamingPort } },
                ["nodeInfo"] = new JsonObject
                {
                    ["machineID"] = FirstLine("/etc/machine-id"),
                    ["systemUUID"] = FirstLine("/etc/machine-id"),
                    ["bootID"] = FirstLine("/proc/sys/kernel/random/boot_id"),
                    ["kernelVersion"] = FirstLine("/proc/sys/kernel/osrelease"),
                    ["osImage"] = OsImage(),
                    ["containerRuntimeVersion"] = runtime,
                    ["kubeletVersion"] = KubernetesRelease.Version,
                    ["kubeProxyVersion"] = "",
                    ["operatingSystem"] = "linux",
                    ["architecture"] = architecture,
                },
            },
        };
    }

    private static JsonObject Amounts(NodeCapacity capacity)
    {
        var amounts = new JsonObject();
        foreach (var (name, amount) in capacity.Amounts) amounts[name] = amount;
        return amounts;
    }

    private static JsonNode Address(string type, string address) => new JsonObject { ["type"] = type, ["address"] = address };

    private static string FirstLine(string file) => File.Exists(file) ? File.ReadLines(file).FirstOrDefault() ?? "" : "";

    private static string OsImage() => File.Exists("/etc/os-release")
        ? File.ReadLines("/etc/os-release").FirstOrDefault(line => line.StartsWith("PRETTY_NAME=", StringComparison.Ordinal))?["PRETTY_NAME=".Length..].Trim('"') ?? ""
        : RuntimeInformation.OSDescription;
}
