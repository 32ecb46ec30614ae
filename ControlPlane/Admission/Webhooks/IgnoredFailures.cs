namespace ControlPlane.Admission.Webhooks;

/// <summary>
/// Logs failures of webhooks whose policy is to be passed over then: one in a second, with the number of those that were not told, since each write may bring one.
/// </summary>
public sealed partial class IgnoredFailures(ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private long? _told;
    private long _untold;

    /// <summary>One more.</summary>
    public void Add(string configuration, string webhook, string why)
    {
        long untold;
        lock (_gate)
        {
            if (_told is { } at && time.GetElapsedTime(at) < Pause)
            {
                _untold++;
                return;
            }
            (_told, untold, _untold) = (time.GetTimestamp(), _untold, 0);
        }
        Log(logger, webhook, configuration, why, untold);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed calling webhook, failing open {Webhook} of {Configuration}: {Why} (and {Untold} more since the last of these lines)")]
    private static partial void Log(ILogger logger, string webhook, string configuration, string why, long untold);
}
