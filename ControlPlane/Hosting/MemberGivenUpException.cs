namespace ControlPlane.Hosting;

/// <summary>The other control planes gave this one up while it started, as they do with one that is slow or out of reach for a while. It may join again as a new one.</summary>
public sealed class MemberGivenUpException(string why, Exception? inner = null) : Exception(why, inner);
