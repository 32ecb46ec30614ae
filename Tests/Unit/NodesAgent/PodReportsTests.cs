using NodeActor.Agent;
using Shared.Api;
using Shared.Protocol;
using Xunit;

namespace Tests.Unit.NodesAgent;

public sealed class PodReportsTests
{
    private static readonly ObjectKey Pod = new("", "pods", "default", "web");
    private static readonly PodUid Uid = new("u1");
    private static readonly TimeSpan Repeat = TimeSpan.FromSeconds(2);
    private readonly PodReports _reports = new(new("node-1"), Repeat);

    [Fact]
    public void Report_is_repeated_until_it_is_answered()
    {
        _reports.StatusChanged(Pod, Uid, "1"u8.ToArray());
        var first = Assert.IsType<ReportPodStatus>(Assert.Single(_reports.Due(7, TimeSpan.Zero)));
        Assert.Equal((7, Uid), (first.Epoch, first.Uid));
        Assert.Empty(_reports.Due(7, Repeat / 2));
        Assert.Single(_reports.Due(7, Repeat));
        _reports.Answered(Answer(first.Sequence));
        Assert.Empty(_reports.Due(7, 10 * Repeat));
    }

    [Fact]
    public void Newest_status_takes_the_place_of_an_older_one_and_the_late_answer_does_not_end_it()
    {
        _reports.StatusChanged(Pod, Uid, "1"u8.ToArray());
        var older = (ReportPodStatus)_reports.Due(7, TimeSpan.Zero)[0];
        _reports.StatusChanged(Pod, Uid, "2"u8.ToArray());
        _reports.Answered(Answer(older.Sequence));
        Assert.Equal("2"u8.ToArray(), Assert.IsType<ReportPodStatus>(Assert.Single(_reports.Due(7, TimeSpan.Zero))).StatusJson);
    }

    [Theory]
    [InlineData("NotFound", false)]
    [InlineData("Conflict", false)]
    [InlineData("Forbidden", false)]
    [InlineData("ServiceUnavailable", true)]
    [InlineData("TooManyRequests", true)]
    [InlineData("InternalError", true)]
    public void Refusal_that_may_pass_is_tried_again(string reason, bool again)
    {
        _reports.StatusChanged(Pod, Uid, "1"u8.ToArray());
        var sent = (ReportPodStatus)_reports.Due(7, TimeSpan.Zero)[0];
        _reports.Answered(Answer(sent.Sequence, reason));
        Assert.Equal(again, _reports.Due(7, Repeat).Length == 1);
    }

    [Fact]
    public void Confirmation_is_kept_until_the_object_is_gone()
    {
        _reports.Stopped(Pod, Uid);
        _reports.Stopped(Pod, Uid);
        var sent = Assert.IsType<ConfirmPodStopped>(Assert.Single(_reports.Due(7, TimeSpan.Zero)));
        _reports.Answered(Answer(sent.Sequence, "Conflict"));
        Assert.Single(_reports.Due(7, Repeat));
        _reports.Forget(Uid);
        Assert.Empty(_reports.Due(7, 2 * Repeat));
    }

    [Fact]
    public void New_epoch_makes_everything_due_at_once()
    {
        _reports.StatusChanged(Pod, Uid, "1"u8.ToArray());
        _reports.Stopped(Pod, Uid);
        Assert.Equal(2, _reports.Due(7, TimeSpan.Zero).Length);
        _reports.Renew();
        Assert.All(_reports.Due(8, TimeSpan.Zero), report => Assert.Equal(8, report.Epoch));
    }

    [Fact]
    public void Contradicted_status_is_reported_again_after_a_pause()
    {
        _reports.StatusChanged(Pod, Uid, "1"u8.ToArray());
        var sent = (ReportPodStatus)_reports.Due(7, TimeSpan.Zero)[0];
        _reports.Answered(Answer(sent.Sequence));
        _reports.Contradicted(Uid, TimeSpan.Zero);
        Assert.Empty(_reports.Due(7, TimeSpan.Zero));
        Assert.Single(_reports.Due(7, Repeat));
    }

    private static ReportResult Answer(long sequence, string? refusal = null) =>
        new(new("node-1"), 7, sequence, Pod, Uid, refusal is null ? null : new ApiStatus(400, refusal, ""));
}
