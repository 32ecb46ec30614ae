using Akka.Actor;
using Akka.TestKit;
using NodeActor.Agent;
using NodeActor.Networking;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Actors.NodesAgent;

/// <summary>The actor over a proxy whose every call the test answers, over virtual time.</summary>
public sealed class ProxyActorTests : ActorTest
{
    private static readonly NetworkReport NoRules = new("nft failed", "");
    private static readonly NetworkReport NoRoute = new("", "no way to n2");
    private readonly TestProbe _parent;
    private readonly TestProbe _calls;
    private readonly IActorRef _proxy;

    public ProxyActorTests()
        : base("""akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit" """)
    {
        (_parent, _calls) = (CreateTestProbe("parent"), CreateTestProbe("calls"));
        _proxy = _parent.ChildActorOf(ProxyActor.Props(new AnsweredProxy(_calls)));
    }

    [Fact]
    public void View_that_is_applied_is_told()
    {
        Show(5);
        Called(5).SetResult(NetworkReport.Well);
        Told(NetworkReport.Well, 5);
    }

    [Fact]
    public void One_view_is_applied_at_a_time_and_the_newest_wins()
    {
        Show(5);
        var slow = Called(5);
        Show(6);
        Show(7);
        NoCall();
        slow.SetResult(NetworkReport.Well);
        Told(NetworkReport.Well, 5);
        Called(7).SetResult(NetworkReport.Well);
        Told(NetworkReport.Well, 7);
        NoCall();
    }

    [Fact]
    public void Rules_that_fail_are_told_and_tried_again_with_the_newest_view_until_they_work()
    {
        Show(5);
        Called(5).SetResult(NoRules);
        Told(NoRules);
        Show(6);
        Show(7);
        NoCall();
        Advance(ProxyActor.FirstPause);
        Called(7).SetException(new InvalidOperationException("broken"));
        Told(new("broken", ""));
        Advance(ProxyActor.FirstPause);
        NoCall();
        Advance(ProxyActor.FirstPause);
        Called(7).SetResult(NetworkReport.Well);
        Told(NetworkReport.Well, 7);
        Advance(ProxyActor.LongestPause);
        NoCall();
    }

    [Fact]
    public void Pause_grows_to_its_bound_and_is_short_again_after_a_success()
    {
        Show(5);
        for (var pause = ProxyActor.FirstPause; pause <= ProxyActor.LongestPause; pause *= 2) FailFor(pause);
        FailFor(ProxyActor.LongestPause);
        Called(5).SetResult(NetworkReport.Well);
        Told(NetworkReport.Well, 5);
        Show(6);
        Called(6).SetResult(NoRules);
        Told(NoRules);
        Advance(ProxyActor.FirstPause);
        Called(6);
    }

    [Fact]
    public void Route_that_fails_holds_up_no_view_and_is_tried_again()
    {
        Show(5);
        Called(5).SetResult(NoRoute);
        Told(NoRoute, 5);
        Show(6);
        Called(6).SetResult(NoRoute);
        Told(NoRoute, 6);
        Advance(ProxyActor.LongestPause);
        Called(6).SetResult(NetworkReport.Well);
        Told(NetworkReport.Well, 6);
    }

    private void FailFor(TimeSpan pause)
    {
        Called(5).SetResult(NoRules);
        Told(NoRules);
        Advance(pause - TimeSpan.FromMilliseconds(1));
        NoCall();
        Advance(TimeSpan.FromMilliseconds(1));
    }

    private void Show(long revision) => _proxy.Tell(new ShowNetwork(new(new NodeName("n1"), revision, new("", "", ""), [], [], [])));

    private TaskCompletionSource<NetworkReport> Called(long revision)
    {
        var call = _calls.ExpectMsg<Call>();
        Assert.Equal(revision, call.Revision);
        return call.Answer;
    }

    private void NoCall() => _calls.ExpectNoMsg(TimeSpan.FromMilliseconds(50));

    private void Told(NetworkReport report, long? revision = null)
    {
        Assert.Equal(report, _parent.ExpectMsg<NetworkReport>());
        if (revision is { } shown) Assert.Equal(shown, _parent.ExpectMsg<NetworkShown>().Revision);
        else _parent.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    private void Advance(TimeSpan time) => ((TestScheduler)Sys.Scheduler).Advance(time);

    private sealed record Call(long Revision, TaskCompletionSource<NetworkReport> Answer);

    private sealed class AnsweredProxy(TestProbe calls) : IServiceProxy
    {
        public Task<NetworkReport> Apply(NetworkView view, CancellationToken stop)
        {
            var answer = new TaskCompletionSource<NetworkReport>();
            calls.Ref.Tell(new Call(view.Revision, answer));
            return answer.Task;
        }
    }
}
