namespace Tests.Chaos.Clients;

/// <summary>Which member a client asks.</summary>
internal enum ClientHabit
{
    /// <summary>Always the same.</summary>
    Sticks,

    /// <summary>Another one each time.</summary>
    Rotates,

    /// <summary>The same until it fails, then the next.</summary>
    FailsOver,
}
