using System.Collections.Immutable;
using Shared.Api;
using Shared.Protocol;

namespace NodeActor.Agent;

/// <summary>
/// What the control plane still has to learn of this node's pods: of each pod the newest status and whether it has stopped. A report is repeated until it is
/// answered; a newer one takes its place. Bounded by the number of pods.
/// </summary>
public sealed class PodReports(NodeName node, TimeSpan repeatAfter)
{
    private readonly Dictionary<PodUid, Report> _reports = [];
    private long _sequence;

    /// <summary>Pods that have something to report.</summary>
    public int Waiting => _reports.Values.Count(report => report.Status is not null || report.Stopped);

    /// <summary>The pod's status is now this.</summary>
    public void StatusChanged(ObjectKey pod, PodUid uid, ReadOnlyMemory<byte> status)
    {
        var report = Of(pod, uid);
        (report.Latest, report.Status, report.StatusSequence, report.StatusDue) = (status, status, ++_sequence, TimeSpan.Zero);
    }

    /// <summary>
    /// What the object says of the pod is not what was last reported: someone else wrote it. Reported again after a pause, so that two writers that
    /// disagree don't keep each other busy.
    /// </summary>
    public void Contradicted(PodUid uid, TimeSpan now)
    {
        if (!_reports.TryGetValue(uid, out var report) || report.Status is not null || report.Latest is not { } latest) return;
        (report.Status, report.StatusSequence, report.StatusDue) = (latest, ++_sequence, now + repeatAfter / 2);
    }

    /// <summary>The last status handed over for this pod; null if there was none.</summary>
    public ReadOnlyMemory<byte>? LatestOf(PodUid uid) => _reports.TryGetValue(uid, out var report) ? report.Latest : null;

    /// <summary>The pod's containers are gone. Repeats change nothing.</summary>
    public void Stopped(ObjectKey pod, PodUid uid)
    {
        var report = Of(pod, uid);
        if (report.Stopped) return;
        (report.Stopped, report.StoppedSequence, report.StoppedDue) = (true, ++_sequence, TimeSpan.Zero);
    }

    /// <summary>The object is gone: there is nobody left to report to.</summary>
    public void Forget(PodUid uid) => _reports.Remove(uid);

    /// <summary>A new epoch: everything unanswered is due at once.</summary>
    public void Renew()
    {
        foreach (var report in _reports.Values) (report.StatusDue, report.StoppedDue) = (TimeSpan.Zero, TimeSpan.Zero);
    }

    /// <summary>What is to be sent now.</summary>
    public ImmutableArray<NodeRequest> Due(long epoch, TimeSpan now)
    {
        var due = ImmutableArray.CreateBuilder<NodeRequest>();
        foreach (var (uid, report) in _reports)
        {
            if (report.Status is { } status && report.StatusDue <= now)
            {
                report.StatusDue = now + repeatAfter;
                due.Add(new ReportPodStatus(node, epoch, report.StatusSequence, report.Pod, uid, status.ToArray()));
            }
            if (report.Stopped && report.StoppedDue <= now)
            {
                report.StoppedDue = now + repeatAfter;
                due.Add(new ConfirmPodStopped(node, epoch, report.StoppedSequence, report.Pod, uid));
            }
        }
        return due.DrainToImmutable();
    }

    /// <summary>An answer came. One to an older report changes nothing; a refusal that will not change ends the report, any other is tried again.</summary>
    public void Answered(ReportResult result)
    {
        if (!_reports.TryGetValue(result.Uid, out var report)) return;
        if (result.Refusal is { Reason: not ("NotFound" or "Forbidden" or "Conflict" or "Invalid" or "BadRequest") }) return;
        if (result.Sequence == report.StatusSequence) report.Status = null;

        // "Not being deleted" is only true until it is: a confirmation is never given up before the object is gone.
        else if (result.Sequence == report.StoppedSequence && result.Refusal is not { Reason: "Conflict" }) report.Stopped = false;
    }

    private Report Of(ObjectKey pod, PodUid uid)
    {
        if (!_reports.TryGetValue(uid, out var report)) _reports[uid] = report = new() { Pod = pod };
        return report;
    }

    private sealed class Report
    {
        public required ObjectKey Pod { get; init; }
        public ReadOnlyMemory<byte>? Latest { get; set; }
        public ReadOnlyMemory<byte>? Status { get; set; }
        public long StatusSequence { get; set; }
        public TimeSpan StatusDue { get; set; }
        public bool Stopped { get; set; }
        public long StoppedSequence { get; set; }
        public TimeSpan StoppedDue { get; set; }
    }
}
