namespace Tests.Unit.Pods;

/// <summary>What becomes of a call.</summary>
internal enum Fate
{
    /// <summary>It is done, then answered.</summary>
    Answered,

    /// <summary>It is done, and nobody hears of it.</summary>
    AnswerLost,

    /// <summary>It is never done, and nobody knows.</summary>
    CallLost,

    /// <summary>It is given up, and done later.</summary>
    DoneLater,

    /// <summary>It is not done, and the runtime says so.</summary>
    Refused,
}
