namespace ControlPlane.Scheduling;

/// <summary>A port of the node that a pod occupies. An empty <paramref name="Ip"/> stands for every address.</summary>
public readonly record struct HostPort(string Protocol, string Ip, int Port)
{
    /// <summary>Whether both cannot be had on one node.</summary>
    public bool ConflictsWith(in HostPort other) =>
        Port == other.Port && Protocol == other.Protocol && (Ip.Length == 0 || other.Ip.Length == 0 || Ip == other.Ip);
}
