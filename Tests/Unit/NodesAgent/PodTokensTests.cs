using NodeActor.Agent;
using NodeActor.Pods;
using Shared.Api;
using Xunit;

namespace Tests.Unit.NodesAgent;

/// <summary>When the tokens of pods are asked for.</summary>
public sealed class PodTokensTests
{
    private static readonly ObjectKey Pod = new("", "pods", "default", "web");
    private static readonly PodUid Uid = new("5f1c");
    private static readonly TokenNeed Hour = new("", 3600);

    private readonly PodTokens _tokens = new(TimeSpan.FromSeconds(2));

    [Fact]
    public void Token_is_asked_for_until_it_is_answered_and_again_before_its_end()
    {
        Assert.True(_tokens.Need(Pod, Uid, Hour));
        Assert.Equal((Pod, Uid, Hour), Assert.Single(_tokens.Due(TimeSpan.Zero)));
        Assert.False(_tokens.Need(Pod, Uid, Hour));
        Assert.Empty(_tokens.Due(Seconds(1.9)));
        Assert.Single(_tokens.Due(Seconds(2)));
        Assert.True(_tokens.Answered(Uid, Hour, granted: true, Seconds(3)));
        Assert.Empty(_tokens.Due(Seconds(2882)));
        Assert.Single(_tokens.Due(Seconds(2883)));
    }

    [Fact]
    public void Long_lived_token_is_renewed_every_day()
    {
        var year = new TokenNeed("vault", 365 * 24 * 3600);
        _tokens.Need(Pod, Uid, year);
        _tokens.Answered(Uid, year, granted: true, TimeSpan.Zero);
        Assert.Empty(_tokens.Due(TimeSpan.FromHours(23.9)));
        Assert.Single(_tokens.Due(TimeSpan.FromHours(24)));
    }

    [Fact]
    public void Refused_token_is_asked_for_after_a_while()
    {
        _tokens.Need(Pod, Uid, Hour);
        Assert.True(_tokens.Answered(Uid, Hour, granted: false, TimeSpan.Zero));
        Assert.Empty(_tokens.Due(Seconds(4.9)));
        Assert.Single(_tokens.Due(Seconds(5)));
    }

    [Fact]
    public void Pod_that_begins_anew_gets_another_and_one_that_is_gone_none()
    {
        _tokens.Need(Pod, Uid, Hour);
        _tokens.Answered(Uid, Hour, granted: true, TimeSpan.Zero);
        Assert.True(_tokens.Need(Pod, Uid, Hour));
        Assert.Single(_tokens.Due(TimeSpan.Zero));
        _tokens.Forget(Uid);
        Assert.False(_tokens.Answered(Uid, Hour, granted: true, TimeSpan.Zero));
        Assert.Empty(_tokens.Due(TimeSpan.FromDays(2)));
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
