namespace Tests.Chaos.Recording;

/// <summary>One version of one object, as somebody was shown it.</summary>
internal sealed record ObjectSeen(string Name, long Revision, string Uid, Content Content)
{
    public override string ToString() => $"{Name}@{Revision} ({Content})";
}
