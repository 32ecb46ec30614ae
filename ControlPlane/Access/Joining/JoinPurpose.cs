namespace ControlPlane.Access.Joining;

/// <summary>What a token lets a machine become. A token has one purpose: who may run pods may not hold the cluster's keys.</summary>
public enum JoinPurpose
{
    ControlPlane,
    Node,
}
