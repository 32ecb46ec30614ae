namespace ControlPlane.Networking;

/// <summary>What Services are given from.</summary>
public sealed record ServiceNetworkOptions
{
    /// <summary>The range of cluster IPs, IPv4. Its first address is the <c>kubernetes</c> Service's.</summary>
    public string ServiceCidr { get; init; } = "10.96.0.0/16";

    /// <summary>The ports of NodePort Services, both ends inclusive.</summary>
    public (int First, int Last) NodePorts { get; init; } = (30000, 32767);

    /// <summary>
    /// How long a claim stands although no Service uses it: longer than any write that follows a claim can take to arrive, or to fail.
    /// </summary>
    public TimeSpan ClaimGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Every fault of the options; empty if they are usable.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (!Allocation.AddressRange.TryParse(ServiceCidr, out _)) faults.Add($"ServiceCidr '{ServiceCidr}' is not an IPv4 range of 8 to 1048576 addresses.");
        if (NodePorts.First < 1 || NodePorts.Last > 65535 || NodePorts.First > NodePorts.Last) faults.Add("NodePorts must be within 1..65535, the first not above the last.");
        if (ClaimGrace <= TimeSpan.Zero) faults.Add("ClaimGrace must be positive.");
        return faults;
    }
}
