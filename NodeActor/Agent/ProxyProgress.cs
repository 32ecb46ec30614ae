namespace NodeActor.Agent;

/// <summary>
/// How far the service proxy has come, for the renewals. What concerns no service needs no proxy to apply it: when the newest view that holds a
/// change is applied, everything the node has followed up to now is.
/// </summary>
/// <param name="Wanted">The revision of the newest view that holds a change; 0: none yet.</param>
/// <param name="Applied">The revision of the view last applied.</param>
public sealed record ProxyProgress(long Wanted, long Applied)
{
    public static ProxyProgress None { get; } = new(0, 0);

    public ProxyProgress Want(long revision) => this with { Wanted = revision };

    public ProxyProgress Show(long revision) => revision > Applied ? this with { Applied = revision } : this;

    /// <summary>The revision to report; 0 until the first view has been applied.</summary>
    /// <param name="followed">Everything up to here is known to the agent.</param>
    public long Reported(long followed) => Applied > 0 && Applied >= Wanted ? Math.Max(Applied, followed) : Applied;
}
