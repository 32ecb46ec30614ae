using NodeActor.Pods.Usage;
using NodeActor.Runtime;
using NodeActor.Runtime.Containerd;
using NodeActor.Runtime.Containerd.Cri;
using Shared.Api;
using Shared.Protocol;
using Xunit;

namespace Tests.Unit.NodesAgent;

/// <summary>What pods use, from samples of what their containers have used.</summary>
public sealed class UsageRatesTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);
    private readonly UsageRates _rates = new();

    [Fact]
    public void Use_is_the_difference_of_two_samples_over_their_time()
    {
        Assert.Empty(Next(Container("a", 0, 2_000_000_000)));
        var use = Assert.Single(Next(Container("a", 15, 5_000_000_000, memory: 4096)));
        Assert.Equal((Start.AddSeconds(15), TimeSpan.FromSeconds(15)), (use.At, use.Window));
        Assert.Equal<ContainerUse>([new("web", 200_000_000, 4096)], use.Containers);
    }

    [Fact]
    public void Window_is_the_time_between_the_samples_whatever_time_was_asked_for()
    {
        Next(Container("a", 0, 0));
        var use = Assert.Single(Next(Container("a", 45, 45)));
        Assert.Equal((TimeSpan.FromSeconds(45), 1), (use.Window, use.Containers[0].CpuNanocores));
    }

    [Fact]
    public void Container_that_was_started_again_has_no_use_until_it_has_two_samples()
    {
        Next(Container("a", 0, 9_000_000_000));
        Assert.Empty(Next(Container("b", 15, 1_000_000_000)));
        Assert.Equal(1_000_000_000, Assert.Single(Next(Container("b", 16, 2_000_000_000))).Containers[0].CpuNanocores);
    }

    [Fact]
    public void Pod_is_left_out_while_one_of_its_containers_has_no_use()
    {
        Next(Container("a", 0, 0), Container("c", 0, 0, "other", pod: "q"));
        var use = Assert.Single(Next(Container("a", 15, 15), Container("b", 15, 15, "log"), Container("c", 15, 15, "other", pod: "q")));
        Assert.Equal("q", use.Uid.Value);
        Assert.Equal(2, Next(Container("a", 30, 30), Container("b", 30, 30, "log"), Container("c", 30, 30, "other", pod: "q")).Length);
    }

    [Fact]
    public void Counter_that_went_back_is_a_new_container()
    {
        Next(Container("a", 0, 100));
        Assert.Empty(Next(Container("a", 15, 99)));
        Assert.Single(Next(Container("a", 30, 99)));
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(0)]
    public void Clock_that_went_back_or_stood_still_says_nothing_and_the_next_sample_counts_from_there(double seconds)
    {
        Next(Container("a", 0, 0));
        Assert.Empty(Next(Container("a", seconds, 15)));
        Assert.Equal(1, Assert.Single(Next(Container("a", seconds + 15, 30))).Containers[0].CpuNanocores);
    }

    [Fact]
    public void Mean_over_a_longer_time_than_allowed_is_none()
    {
        Next(Container("a", 0, 0));
        Assert.Empty(Next(Container("a", 61, 61)));
        Assert.Single(Next(Container("a", 121, 121)));
    }

    [Fact]
    public void Container_that_was_away_for_a_sample_begins_anew()
    {
        Next(Container("a", 0, 0));
        Next();
        Assert.Empty(Next(Container("a", 30, 30)));
    }

    [Fact]
    public void Earliest_container_gives_the_pods_time()
    {
        Next(Container("a", 0, 0), Container("b", 0.5, 0, "log"));
        var use = Assert.Single(Next(Container("a", 15, 0), Container("b", 14, 0, "log")));
        Assert.Equal((Start.AddSeconds(14), TimeSpan.FromSeconds(13.5)), (use.At, use.Window));
    }

    [Fact]
    public void Use_of_many_processors_for_long_is_exact_and_what_is_too_large_is_the_largest()
    {
        Assert.Equal(256_000_000_000, UsageRates.Rate(256 * 60_000_000_000, TimeSpan.FromMinutes(1)));
        Assert.Equal(long.MaxValue, UsageRates.Rate(long.MaxValue, TimeSpan.FromTicks(1)));
    }

    [Fact]
    public void Longest_window_is_four_samples_and_a_minute_at_least() =>
        Assert.Equal([TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2)], [UsageRates.LongestWindow(TimeSpan.FromSeconds(1)), UsageRates.LongestWindow(TimeSpan.FromSeconds(30))]);

    [Fact]
    public void Figures_of_the_runtime_are_read_and_a_container_without_them_does_not_run()
    {
        var stats = new ContainerStats
        {
            Attributes = new() { Id = "a", Metadata = new() { Name = "web" }, Labels = { ["io.kubernetes.pod.uid"] = "p" } },
            Cpu = new() { Timestamp = 1_893_456_000_000_000_000, UsageCoreNanoSeconds = new() { Value = 7 } },
            Memory = new() { WorkingSetBytes = new() { Value = 4096 } },
        };
        Assert.Equal(new("a", new("p"), "web", Start, 7, 4096), CriObservations.Counters(stats));
        var stopped = stats.Clone();
        stopped.Cpu = null;
        Assert.Null(CriObservations.Counters(stopped));
        var foreign = stats.Clone();
        foreign.Attributes.Labels.Clear();
        Assert.Null(CriObservations.Counters(foreign));
    }

    private PodUse[] Next(params ContainerCounters[] sample) => [.. _rates.Next([.. sample], Longest)];

    private static ContainerCounters Container(string id, double at, long cpu, string name = "web", string pod = "p", long memory = 0) =>
        new(id, new PodUid(pod), name, Start.AddSeconds(at), cpu, memory);
}
