namespace NodeActor.Agent;

/// <summary>
/// One attempt to register: first a challenge is asked for, then the signed registration is sent, each again until it is answered. After a while the attempt is
/// given up for a new one, since the lease is counted from when it began.
/// </summary>
/// <param name="Instance">Names the attempt; empty: there was none yet.</param>
/// <param name="Since">When it began.</param>
/// <param name="Challenge">What the registration is signed with; null: it is still to come.</param>
public sealed record AgentRegistration(string Instance, TimeSpan Since, byte[]? Challenge)
{
    public static AgentRegistration None { get; } = new("", TimeSpan.Zero, null);

    /// <summary>The attempt to go on with: this one, or a new one where this has taken too long.</summary>
    public AgentRegistration Continue(TimeSpan now, TimeSpan patience) =>
        Instance.Length > 0 && now - Since < patience ? this : new(Guid.NewGuid().ToString("N"), now, null);

    /// <summary>A challenge came. One for another attempt changes nothing.</summary>
    public AgentRegistration Challenged(string instance, byte[] challenge) => instance == Instance ? this with { Challenge = challenge } : this;
}
