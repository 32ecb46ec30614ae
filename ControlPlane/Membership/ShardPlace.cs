namespace ControlPlane.Membership;

/// <summary>Where a shard is, as far as this process can tell.</summary>
public enum ShardPlace
{
    /// <summary>In this process.</summary>
    Here,

    /// <summary>On a member that was heard of just now.</summary>
    There,

    /// <summary>On a member that has fallen silent and is not given up yet.</summary>
    Silent,

    /// <summary>Nobody says that he has it: it is on its way.</summary>
    Unclaimed,
}
