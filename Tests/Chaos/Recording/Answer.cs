namespace Tests.Chaos.Recording;

/// <summary>How an operation ended for the client.</summary>
internal abstract record Answer
{
    /// <summary>It was carried out. <paramref name="Object"/> is what was answered with: nothing, if that was deleted.</summary>
    public sealed record Accepted(ObjectSeen? Object) : Answer
    {
        public override string ToString() => Object is null ? "accepted" : $"accepted: {Object}";
    }

    /// <summary>A list of all objects as of one revision.</summary>
    public sealed record Listed(long Revision, IReadOnlyList<ObjectSeen> Items) : Answer
    {
        public override string ToString() => $"a list of {Items.Count} at {Revision}";
    }

    /// <summary>It was refused, and surely not stored.</summary>
    public sealed record Refused(int Code, string Reason) : Answer
    {
        public override string ToString() => $"refused: {Code} {Reason}";
    }

    /// <summary>Nobody knows: it may have been carried out, or still be.</summary>
    public sealed record Unknown(string Why) : Answer
    {
        public static Unknown Pending { get; } = new("not answered");

        public override string ToString() => $"unknown: {Why}";
    }
}
